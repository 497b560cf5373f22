"""The script that lets Nextflow read configs and answer for their closures. It has no process, and so no task.

Both parsers take it. It is given requests.json next to it (a list of `config`, `profile`, `probes`) and writes
answers.json, one answer for each.
"""

REQUESTS = "requests.json"
ANSWERS = "answers.json"
NEXT = "nfconfgen: next config"
"""A line on both streams before each config, as parser v2 prints what it finds wrong."""

MAIN = """\
def typed(value) {
  if( value instanceof nextflow.util.MemoryUnit ) return [memory_bytes: value.toBytes()]
  if( value instanceof nextflow.util.Duration ) return [time_ms: value.toMillis()]
  if( value instanceof Map ) return [map: value.collectEntries { key, one -> [(key.toString()): typed(one)] }]
  if( value instanceof Collection ) return value.collect { one -> typed(one) }
  if( value == null || value instanceof Boolean || value instanceof Number ) return value
  return value.toString()
}

def lazy(value) {
  return value instanceof Closure || (value instanceof Collection && value.any { one -> lazy(one) })
}

def flat(prefix, map, found) {
  map.each { key, value ->
    def path = prefix ? prefix + '.' + key : key.toString()
    if( value instanceof Map ) flat(path, value, found) else found.put(path, value)
  }
  return found
}

def asked(value, known) {
  if( value instanceof Collection ) return value.collect { one -> asked(one, known) }
  if( !(value instanceof Closure) ) return value
  def copy = value.clone()
  // what only a task knows is an error here, unless the config defines it
  copy.setDelegate(known.withDefault { name -> throw new groovy.lang.MissingPropertyException(name, Map) })
  copy.setResolveStrategy(Closure.DELEGATE_FIRST)
  def found = copy.call()
  // a name that nothing defines is an empty scope in a closure of a config that parser v1 reads
  if( found instanceof ConfigObject ) throw new groovy.lang.MissingPropertyException('it reads an unknown name')
  return found
}

def plain(value) {
  // a scope of a config makes a new scope of what it does not have
  return value instanceof Map ? value.collectEntries { key, one -> [(key): plain(one)] } : value
}

def answer(value, probe, values) {
  def gpus = probe.accelerators ? [request: probe.accelerators, type: probe.accelerator_type] : null
  def task = [
    memory: probe.memory_bytes == null ? null : new nextflow.util.MemoryUnit(probe.memory_bytes as long),
    time: probe.time_ms == null ? null : new nextflow.util.Duration(probe.time_ms as long),
    cpus: probe.cpus,
    attempt: probe.attempt,
    exitStatus: probe.exit_code,
    accelerator: gpus ? new nextflow.executor.res.AcceleratorResource(gpus) : null,
    label: probe.labels,
    name: probe.name,
    process: probe.name,
    hash: 'ab/123456',
    index: 1,
    ext: [:]
  ]
  def known = [task: task, params: plain(values.params ?: [:]), workflow: [containerEngine: probe.engine]]
  // options are often chosen by queue
  try { task.queue = asked(values.process?.queue, known) } catch( Throwable error ) { task.queue = null }
  try { return [value: typed(asked(value, known))] }
  catch( Throwable error ) { return [error: error.class.simpleName + ': ' + error.message] }
}

def built(request, shown) {
  def builder = new nextflow.config.ConfigBuilder()
    .setBaseDir(java.nio.file.Path.of(projectDir.toString()))
    .setUserConfigFiles(java.nio.file.Path.of(request.config))
    .setShowClosures(shown)
  if( request.profile ) builder.setProfile(request.profile)
  return builder.buildConfigObject()
}

def read(request) {
  def values = built(request, false)
  def texts = flat('', built(request, true), [:])
  def found = flat('', values, [:])
  return [
    values: found.findAll { path, value -> !lazy(value) }.collect { path, value -> [path, typed(value)] },
    closures: found.findAll { path, value -> lazy(value) }.collect { path, value ->
      [path, texts[path].toString(), request.probes.collect { probe -> answer(value, probe, values) }]
    }
  ]
}

workflow {
  def folder = java.nio.file.Path.of(projectDir.toString())
  def requests = new groovy.json.JsonSlurper().parse(folder.resolve('requests.json').toFile())
  def answers = requests.collect { request ->
    System.out.println('NEXT')
    System.err.println('NEXT')
    try { read(request) }
    catch( Throwable error ) { [error: error.message ?: error.cause?.message ?: error.toString()] }
  }
  folder.resolve('answers.json').toFile().setText(groovy.json.JsonOutput.toJson(answers), 'UTF-8')
}
""".replace("NEXT", NEXT)
