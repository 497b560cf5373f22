include { A } from params.where
include { B } from './gone'

process C {
    label "${params.size}"

    script:
    'c'
}

workflow {
    C()
}
