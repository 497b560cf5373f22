process A {
    label 'big'
    label 'quick'

    script:
    'a'
}

workflow {
    A()
}
