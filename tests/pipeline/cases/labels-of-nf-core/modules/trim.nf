process TRIM {
    label 'process_single'

    script:
    """
    run --threads ${task.cpus} ${task.ext.args ?: ''}
    """
}
