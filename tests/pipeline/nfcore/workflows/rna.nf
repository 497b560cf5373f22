include { FASTQC as FASTQC_RAW     } from '../modules/fastqc/main'
include { FASTQC as FASTQC_TRIMMED } from '../modules/fastqc/main'
include { MULTIQC                  } from '../modules/multiqc'
include {
    ALIGN;
    ALIGN as ALIGN_AGAIN
} from '../subworkflows/align.nf'

workflow RNA {
    take:
    samples

    main:
    FASTQC_RAW(samples)
    FASTQC_TRIMMED(samples)
    ALIGN(samples)
    samples | ALIGN_AGAIN
    MULTIQC(FASTQC_RAW.out.mix(FASTQC_TRIMMED.out).collect(), params.multiqc_title ?: '')

    emit:
    report = MULTIQC.out
}
