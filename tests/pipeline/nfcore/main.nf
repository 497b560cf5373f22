include { RNA } from './workflows/rna'

params.fasta = null

workflow SMALL_RNA {
    take:
    samples

    main:
    RNA(samples)

    emit:
    report = RNA.out.report
}

workflow {
    SMALL_RNA(Channel.fromPath(params.input))
}
