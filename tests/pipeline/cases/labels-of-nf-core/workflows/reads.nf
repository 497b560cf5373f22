include { TRIM } from '../modules/trim'
include { ALIGN as ALIGN_TWICE } from '../modules/align/main'
include { REPORT } from '../modules/report'

workflow READS {
    TRIM()
    ALIGN_TWICE()
    REPORT()
}
