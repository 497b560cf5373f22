process ALIGN {
    label 'process_high'

    script:
    """
    run --threads ${task.cpus} ${task.ext.args ?: ''}
    """
}
