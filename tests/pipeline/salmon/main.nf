#!/usr/bin/env nextflow

def helpMessage() {
    log.info """
    process nothing { in a text }
    --inputDir   reads
    """.stripIndent()
}

params.help = false

process salmon {
    tag { lane }

    input:
    tuple val(lane), path(reads)
    path index

    output:
    path "${lane}_salmon/quant.sf"

    shell:
    def single = reads instanceof Path
    if (!single)
        '''
        salmon quant -i !{index} -1 !{reads[0]} -2 !{reads[1]} -p !{task.cpus}
        '''
    else
        '''
        salmon quant -i !{index} -r !{reads} -p !{task.cpus}
        '''
}

workflow {
    pattern = params.inputDir + "/*_{1,2}.fq.gz"
    reads = Channel.fromFilePairs(pattern, size: -1) { file -> file.baseName.replaceAll(/.fq/, "") }
    salmon(reads, params.salmonIndex)

    workflow.onComplete {
        log.info "done: ${workflow.success ? "well" : 'not well'}"
    }
}
