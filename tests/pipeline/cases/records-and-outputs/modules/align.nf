record Sample {
    id: String
    reads: Path
}

process ALIGN {
    label 'process_high'
    memory 40.GB

    input:
    record(id: String, reads: Path)

    stage:
    stageAs reads, 'in/*'

    output:
    record(id: id, bam: file('*.bam'))

    script:
    "align $reads"
}
