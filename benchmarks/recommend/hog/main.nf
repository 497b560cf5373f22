// What real tasks do with memory, in small: each process has a law of its own (see hold.py).

process SORT {
    input: val number
    script: "python3 $projectDir/hold.py $task.process $number"
}
process ALIGN {
    input: val number
    script: "python3 $projectDir/hold.py $task.process $number"
}
process ASSEMBLE {
    input: val number
    script: "python3 $projectDir/hold.py $task.process $number"
}
process CALL {
    input: val number
    script: "python3 $projectDir/hold.py $task.process $number"
}
process REPORT {
    input: val number
    script: "python3 $projectDir/hold.py $task.process $number"
}

workflow {
    numbers = Channel.of(1..params.tasks)
    SORT(numbers)
    ALIGN(numbers)
    ASSEMBLE(numbers)
    CALL(numbers)
    REPORT(numbers)
}
