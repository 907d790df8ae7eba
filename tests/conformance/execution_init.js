// repeated
import exec from 'k6/execution';
try { console.log(exec.scenario.name); } catch (e) { console.log(e.message); }
try { console.log(exec.vu.idInTest); } catch (e) { console.log(e.message); }
export default function () {}
