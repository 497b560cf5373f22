// next to the main script, not next to this one
include { BWA_MEM } from 'nf-core/bwa/mem'

workflow ALIGN {
    take:
    reads

    main:
    BWA_MEM(reads)

    emit:
    BWA_MEM.out
}
