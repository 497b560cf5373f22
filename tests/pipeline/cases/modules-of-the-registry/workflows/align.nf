// beside the main script, not beside this one
include { BWA_MEM } from 'nf-core/bwa/mem'

workflow ALIGN {
    take:
    reads

    main:
    BWA_MEM(reads)

    emit:
    BWA_MEM.out
}
