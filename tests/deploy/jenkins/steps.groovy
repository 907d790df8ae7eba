// The steps that deploy/ci/jenkins/vars/loadctl.groovy uses, as a pipeline has them, with a real shell below; prints
// what became of the build.   groovy steps.groovy LIBRARY SCRIPT ON_FAILED [ARG...]
class Aborted extends RuntimeException { Aborted(String text) { super(text) } }

abstract class Pipeline extends Script {
  def currentBuild = [result: 'SUCCESS']
  int sh(Map given) {
    assert given.returnStatus
    def process = ['bash', '-xe', '-c', given.script].execute()
    process.consumeProcessOutput(System.err, System.err)
    return process.waitFor()
  }
  void junit(Map given) { println "junit ${new File(given.testResults).exists()}" }
  void archiveArtifacts(Map given) { println "archive ${given.artifacts}" }
  void error(String text) { throw new Aborted(text) }
  void unstable(String text) { currentBuild.result = 'UNSTABLE'; println text }
}

def settings = new org.codehaus.groovy.control.CompilerConfiguration(scriptBaseClass: Pipeline.name)
def step = new GroovyShell(this.class.classLoader, new Binding(), settings).parse(new File(args[0]))
Map given = [script: args[1], args: args.drop(3) as List]
if (args[2]) given.onFailed = args[2]
try {
  println "status ${step.call(given)}"
} catch (Aborted aborted) {
  if (step.currentBuild.result == 'SUCCESS') step.currentBuild.result = 'FAILURE'
  println aborted.message
}
println "result ${step.currentBuild.result}"
