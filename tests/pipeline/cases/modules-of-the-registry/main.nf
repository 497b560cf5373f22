include { FASTQC } from 'nf-core/fastqc'
include { ALIGN } from './workflows/align'
include { MULTIQC } from 'nf-core/multiqc'
include { GONE } from './modules/nf-core/gone'

workflow {
    FASTQC(Channel.of(1))
    ALIGN(FASTQC.out)
    MULTIQC(ALIGN.out)
}
