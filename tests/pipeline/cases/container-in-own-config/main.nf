process quantify {
    label 'heavy'

    input:
    path reads

    script:
    """
    count $reads
    """
}

workflow {
    quantify(Channel.fromPath(params.reads))
}
