nextflow.preview.types = true

include { ALIGN } from './modules/align'
include { Sample } from './modules/align'

params {
    input: Path
    genome: String = 'hg38'
    save: Boolean = false
}

record Pair {
    id: String
    fastq_1: Path
    fastq_2: Path?
}

process COUNT {
    label 'process_low'

    input:
    (id, bam): Tuple<String, Path>

    output:
    counts = file('*.txt')

    topic:
    eval('salmon --version') >> 'versions'

    script:
    """
    salmon quant ${id}
    """
}

workflow COUNTS {
    take:
    reads: Channel<Pair>

    main:
    aligned = ALIGN(reads)
    counted = COUNT(aligned)

    emit:
    counts: Channel<Path> = counted
}

workflow {
    main:
    ch = channel.fromPath(params.input)
    found = COUNTS(ch)

    publish:
    counts = found.counts
}

output {
    counts: Channel<Path> {
        path 'counts'
        index { path 'index.csv' }
    }
}
