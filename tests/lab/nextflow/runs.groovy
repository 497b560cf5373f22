// Starts Nextflow several times in one JVM, because most of a start is the loading of classes.
// The argument names a JSON file: a list of command lines, each a list of words. The first is a check:
// where it fails, nothing else runs and its exit status is that of the whole. The others may fail.
import nextflow.cli.Launcher
import nextflow.plugin.Plugins
import nextflow.processor.TaskProcessor

def commands = new groovy.json.JsonSlurper().parse(new File(args[0])) as List<List<String>>
commands.eachWithIndex { words, number ->
    // Nextflow reports a failure once per JVM; every run here is to report its own.
    TaskProcessor.errorShown.set(false)
    def status = new Launcher().command(words as String[]).run()
    if (number == 0 && status != 0) {
        System.exit(status)
    }
    // `config` leaves the plugins up, and the next run would refuse to set them up again.
    Plugins.stop()
}
// Threads that Nextflow leaves behind would keep the JVM alive.
System.exit(0)
