process COUNT {
    containerOptions '--shm-size 256m'

    input:
    path reads

    script:
    """
    count $reads
    """
}

process REPORT {
    container 'lab/report:1'
    containerOptions '--privileged'

    input:
    path reads

    script:
    """
    report $reads
    """
}

process SORT {
    input:
    path reads

    script:
    """
    sort $reads
    """
}

process SIMULATE {
    container 'job-definition://many-containers:3'

    script:
    """
    simulate
    """
}

workflow {
    SIMULATE()
    COUNT(Channel.fromPath(params.reads))
    REPORT(Channel.fromPath(params.reads))
    SORT(Channel.fromPath(params.reads))
}
