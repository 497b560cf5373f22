// Runs Nextflow as often as it is asked to in one JVM, because most of a start is the loading of classes.
// Each line of stdin is a request in JSON: `words`, a command line, and `out` and `err`, the files for what it prints.
// Each is answered by a line with the exit status; a thread of an earlier command may print between them.
import groovy.json.JsonSlurper
import nextflow.cli.Launcher
import nextflow.plugin.Plugins
import nextflow.processor.TaskProcessor

def answers = System.out
def problems = System.err
System.in.eachLine { line ->
    def request = new JsonSlurper().parseText(line)
    def status = -1
    new PrintStream(new FileOutputStream(request.out as String), true, 'UTF-8').withCloseable { out ->
        new PrintStream(new FileOutputStream(request.err as String), true, 'UTF-8').withCloseable { err ->
            System.setOut(out)
            System.setErr(err)
            try {
                // Nextflow reports a failure once per JVM; every run here is to report its own.
                TaskProcessor.errorShown.set(false)
                status = new Launcher().command(request.words as String[]).run()
                // `config` leaves the plugins up, and the next run would refuse to set them up again.
                Plugins.stop()
            }
            finally {
                System.setOut(answers)
                System.setErr(problems)
            }
        }
    }
    answers.println("ended ${status}")
    answers.flush()
}
// Threads that Nextflow leaves behind would keep the JVM alive.
System.exit(0)
