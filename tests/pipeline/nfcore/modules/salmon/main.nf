process SALMON_QUANT {
    tag "${reads}"
    label('process_high')
    cpus 5
    container "${ workflow.containerEngine == 'singularity' && !task.ext.pull ?
        'https://depot.example.org/salmon:1' :
        "biocontainers/salmon:1" }"

    input:
    path reads

    output:
    path '*.out'

    script:
    def args = task.ext.args ?: ''
    """
    salmon ${args} --threads ${task.cpus} \\
        \$(ls | sed 's/^/"/') > x.out
    cat <<-END > versions.yml
    "${task.process}": { \$( salmon --version )
    END
    """
}
