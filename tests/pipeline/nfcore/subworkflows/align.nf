include { STAR_ALIGN   } from '../modules/star'
include { SALMON_QUANT } from '../modules/salmon/main.nf'

workflow ALIGN {
    take:
    samples

    main:
    STAR_ALIGN(samples)
    SALMON_QUANT(STAR_ALIGN.out)

    emit:
    SALMON_QUANT.out
}
