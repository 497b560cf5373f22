process FASTQC {
    input:
    val x

    output:
    val x

    script:
    'true'
}
