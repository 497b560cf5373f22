process REPORT {
    cpus 3
    label 'process_single'

    script:
    """
    run --threads ${task.cpus} ${task.ext.args ?: ''}
    """
}
