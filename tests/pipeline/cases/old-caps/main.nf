process COUNT {
    label 'big'
    script: 'count'
}

workflow { COUNT() }
