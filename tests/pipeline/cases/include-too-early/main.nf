process other {
    script:
    'other'
}

process quantify {
    input:
    path reads

    script:
    """
    count $reads
    """
}

workflow {
    other()
    quantify(Channel.fromPath(params.reads))
}
