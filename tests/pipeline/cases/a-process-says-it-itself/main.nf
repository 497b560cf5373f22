process SORT {
    cpus 3
    container 'lab/sort:1'

    script:
    'sort'
}

workflow {
    SORT()
}
