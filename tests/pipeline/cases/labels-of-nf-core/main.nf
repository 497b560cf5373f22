include { READS } from './workflows/reads'

workflow {
    READS()
}
