// A step of a Jenkins pipeline, in a shared library:
//
//   @Library('loadctl') _
//   node { checkout scm; loadctl script: 'tests/load.js', args: ['--agents=3'] }
//
// script   the test
// args     further flags of loadctl run, a list
// reports  the folder of the reports (loadctl-reports)
// onFailed what crossed thresholds make of the build: 'failure' (default) or 'unstable'
//
// Returns the exit status where the build goes on. A run that broke (111) says nothing of the target: the build
// ends as NOT_BUILT, so that nobody takes it for a verdict. loadctl is in PATH of the node.
int call(Map given) {
  if (!given.script) error('loadctl: script names the test')
  for (key in given.keySet()) {
    if (!(key in ['script', 'args', 'reports', 'onFailed'])) error("loadctl: there is no parameter ${key}")
  }
  String reports = given.reports ?: 'loadctl-reports'
  List words = ['loadctl', 'run', '--no-color', '--report', "junit=${reports}/junit.xml", '--report', "html=${reports}/report.html",
                '--verdict-file', "${reports}/verdict.json"] + (given.args ?: []) + [given.script]
  String command = words.collect { word -> "'" + word.toString().replace("'", "'\\''") + "'" }.join(' ')
  int status = sh(label: 'loadctl run', returnStatus: true, script: "mkdir -p '${reports}'\n${command}")
  junit(testResults: "${reports}/junit.xml", allowEmptyResults: true, skipMarkingBuildUnstable: true)
  archiveArtifacts(artifacts: "${reports}/**", allowEmptyArchive: true)
  switch (status) {
    case 0:
      return status
    case 111:
      currentBuild.result = 'NOT_BUILT'
      error('loadctl: the run is incomplete: it says nothing of the target')
      break
    case [99, 110, 112]:
      if (given.onFailed == 'unstable') {
        unstable("loadctl: the test failed (exit status ${status})")
        return status
      }
      error("loadctl: the test failed (exit status ${status})")
      break
    default:
      error("loadctl: the test could not be run (exit status ${status})")
  }
}
