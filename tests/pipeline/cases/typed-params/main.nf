params {
    reads: Path
    depth: Integer = 10
    strict: Boolean = false
    names: List<String> = []
    limit: MemoryUnit?
}

process COUNT {
    memory 4.GB
    time 1.h
    script: 'count'
}

workflow { COUNT() }
