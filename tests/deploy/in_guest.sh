# Runs inside a booted system, as root: tests/deploy/debian. /t/boot says which boot it is.
set -euo pipefail
cd /t
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 HOME=/root
say() { echo "ok $*"; }
wait_for() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || { echo "FAILED: not within its time: $*"; systemctl --no-pager status 'loadctl*' || true; journalctl --no-pager -u 'loadctl*' | tail -40; exit 1; }
    sleep 0.2
  done
}
expect() { # TEXT COMMAND...
  local text=$1 got
  shift
  got=$("$@" 2>&1) || true
  case $got in *"$text"*) ;; *) echo "FAILED: $* has no \"$text\":"; echo "$got"; journalctl --no-pager -u 'loadctl*' | tail -40; exit 1 ;; esac
}
client=(--controller localhost:6566 --tls-cert /root/certs/client.pem --tls-key /root/certs/client.key --tls-ca /root/certs/ca.pem)
pid() { systemctl show -p MainPID --value "$1"; }
idle() { loadctl doctor "${client[@]}" --json | grep -q "$1 registered, $1 idle"; }
script() {
  cat <<JS
import { sleep } from 'k6';
import { Counter } from 'k6/metrics';
const done = new Counter('done');
export const options = { scenarios: { s: { executor: 'shared-iterations', vus: 4, iterations: 8 } }, thresholds: { done: ['count==8'] } };
export default function () { done.add(1); sleep($1); }
JS
}
run() { script "$1" >/root/test.js && loadctl run -q "${client[@]}" --agents 2 /root/test.js; }
versions() { ls loadctl_*.deb | sed 's/loadctl_\(.*\)_.*/\1/' | sort -V; }
install_version() { dpkg -i "loadctl_$1"_*.deb "loadctl-agent_$1"_*.deb; }

first_boot() {
  systemctl is-system-running --wait || true
  install_version "$(versions | head -n 1)"
  for package in loadctl loadctl-agent; do dpkg -V "$package"; done
  loadctl version
  getent passwd loadctl loadctl-agent
  [ "$(systemctl is-enabled loadctl-controller)" = disabled ]
  [ "$(systemctl is-active loadctl-controller || true)" = inactive ]
  say "installed, neither enabled nor started"

  systemctl start loadctl-controller && { echo "FAILED: it starts without certificates"; exit 1; }
  expect "cannot read /etc/loadctl/tls/" journalctl --no-pager -u loadctl-controller
  say "without certificates it says so"
  systemctl reset-failed

  loadctl certs --host "$(hostname)" /root/certs
  install -d -m 755 /etc/loadctl/tls
  install -m 644 /root/certs/ca.pem /etc/loadctl/tls/
  install -o loadctl -m 400 /root/certs/controller.{pem,key} /etc/loadctl/tls/
  install -o loadctl-agent -m 400 /root/certs/agent.{pem,key} /etc/loadctl/tls/
  echo 'LOADCTL_AGENT_FLAGS=--workers 1' >/etc/loadctl/agent-1.env
  systemctl enable --now loadctl-controller loadctl-agent@1 loadctl-agent@2
  wait_for 20 idle 2
  expect "2 agents idle" systemctl status --no-pager loadctl-controller
  expect "idle, registered with the controller" systemctl status --no-pager loadctl-agent@1
  say "controller and two agents under systemd, with mutual TLS"

  run 0.1
  wait_for 20 idle 2
  say "a run over both agents"
  [ "$(stat -c %U /var/log/loadctl/audit.jsonl)" = loadctl ]
  expect run_begin cat /var/log/loadctl/audit.jsonl

  journalctl --no-pager -o json -u loadctl-agent@1 | grep -q '"SYSLOG_IDENTIFIER":"loadctl-agent"'
  journalctl --no-pager -o json -u loadctl-agent@1 | grep -q '"PRIORITY":"6"'
  journalctl --no-pager -p warning -q -t loadctl-controller | grep . && { echo "FAILED: the controller warns"; exit 1; }
  say "the journal has fields"

  for unit in loadctl-controller loadctl-agent@1; do
    grep -E '^(CapEff|NoNewPrivs|Seccomp):' "/proc/$(pid $unit)/status" | tr -s '\t ' ' ' | tr '\n' ' '
    grep -q '^CapEff:\s*0000000000000000' "/proc/$(pid $unit)/status"
    grep -q '^NoNewPrivs:\s*1' "/proc/$(pid $unit)/status"
    grep -q '^Seccomp:\s*2' "/proc/$(pid $unit)/status"
  done
  systemd-analyze security --no-pager --threshold=20 loadctl-controller.service >/dev/null
  systemd-analyze security --no-pager --threshold=30 loadctl-agent@1.service >/dev/null
  systemd-analyze verify loadctl-controller.service loadctl-agent@1.service
  journalctl --no-pager -u loadctl-agent@1 | grep 'sandbox:'
  say "hardened: $(systemd-analyze security --no-pager loadctl-controller.service | sed -n 's/^.*Overall.*: \([0-9.]*\).*/\1/p') and $(systemd-analyze security --no-pager loadctl-agent@1.service | sed -n 's/^.*Overall.*: \([0-9.]*\).*/\1/p')"

  local before
  before=$(pid loadctl-agent@1)
  kill -9 "$before"
  wait_for 20 idle 2
  [ "$(pid loadctl-agent@1)" != "$before" ]
  before=$(pid loadctl-controller)
  kill -9 "$before"
  wait_for 30 idle 2
  [ "$(pid loadctl-controller)" != "$before" ]
  run 0
  wait_for 20 idle 2
  say "killed with SIGKILL, both come back"

  before=$(pid loadctl-controller)
  kill -STOP "$before"
  if [ -e /t/slow ]; then
    wait_for 120 sh -c "[ \"\$(systemctl show -p MainPID --value loadctl-controller)\" != $before ]"
    say "a controller that hangs is started again"
    wait_for 30 idle 2
    # The unit's first process waits for the one that works.
    before=$(pid loadctl-agent@1)
    kill -STOP "$(cat /proc/[0-9]*/stat 2>/dev/null | sed -n "s/^\([0-9]*\) (loadctl-agent) . $before .*/\1/p")"
    wait_for 120 sh -c "[ \"\$(systemctl show -p MainPID --value loadctl-agent@1)\" != $before ]"
    say "and so is an agent"
  fi
  kill -CONT "$before" 2>/dev/null || true
  wait_for 20 idle 2

  loadctl certs --issue controller --name next --host "$(hostname)" /root/certs
  loadctl certs --issue agent --name rack7 /root/certs
  before=$(pid loadctl-controller)
  install -o loadctl -m 400 /root/certs/next.key /etc/loadctl/tls/controller.key
  install -o loadctl -m 400 /root/certs/next.pem /etc/loadctl/tls/controller.pem
  install -o loadctl-agent -m 400 /root/certs/rack7.key /etc/loadctl/tls/agent.key
  install -o loadctl-agent -m 400 /root/certs/rack7.pem /etc/loadctl/tls/agent.pem
  systemctl reload loadctl-controller loadctl-agent@1 loadctl-agent@2
  wait_for 10 sh -c "journalctl --no-pager -u loadctl-controller | grep -q 'new certificates are in use'"
  wait_for 10 sh -c "journalctl --no-pager -u loadctl-agent@2 | grep -q 'new certificates are in use'"
  [ "$(pid loadctl-controller)" = "$before" ]
  run 0
  wait_for 20 idle 2
  expect rack7 loadctl agents "${client[@]}"
  say "new certificates without a restart"

  logrotate -f /etc/logrotate.d/loadctl
  run 0
  wait_for 20 idle 2
  expect run_end cat /var/log/loadctl/audit.jsonl
  [ -e /var/log/loadctl/audit.jsonl.1 ]
  say "the audit log is rotated"

  systemctl stop loadctl-agent@2
  say "an idle agent stops at once: $(journalctl --no-pager -u loadctl-agent@2 | grep -o 'the agent is idle and ends')"
  systemctl start loadctl-agent@2
  wait_for 20 idle 2
  run 8 >/root/busy.log 2>&1 &
  wait_for 20 sh -c "systemctl status --no-pager loadctl-agent@2 | grep -q 'works for a run'"
  systemctl stop loadctl-agent@2
  wait $! || { cat /root/busy.log; exit 1; }
  expect "ends after its run" journalctl --no-pager -u loadctl-agent@2
  [ "$(systemctl is-failed loadctl-agent@2 || true)" = inactive ]
  say "a busy one after its run, which is longer than TimeoutStopSec"
  systemctl start loadctl-agent@2

  man -w loadctl-run loadctl-agent >/dev/null
  bash -c '. /usr/share/bash-completion/completions/loadctl; COMP_WORDS=(loadctl run --vus-p); COMP_CWORD=2; _loadctl; [ "${COMPREPLY[*]}" = --vus-per-isolate ]'
  bash -c '. /usr/share/bash-completion/completions/loadctl; COMP_WORDS=(loadctl do); COMP_CWORD=1; _loadctl; [ "${COMPREPLY[*]}" = doctor ]'
  bash -c '. /usr/share/bash-completion/completions/loadctl-agent; COMP_WORDS=(loadctl-agent --sandbox re); COMP_CWORD=2; _loadctl_agent; [ "${COMPREPLY[*]}" = require ]'
  say "man pages and completions"
}

second_boot() {
  wait_for 30 idle 2
  run 0
  wait_for 20 idle 2
  say "all of it after a reboot"
  if [ "$(versions | wc -l)" -gt 1 ]; then
    echo '# the operator' >>/etc/loadctl/agent.yaml
    local before
    before=$(pid loadctl-controller)
    run 5 >/root/busy.log 2>&1 &
    wait_for 20 sh -c "systemctl status --no-pager loadctl-agent@2 | grep -q 'works for a run'"
    install_version "$(versions | tail -n 1)"
    grep -q 'the operator' /etc/loadctl/agent.yaml
    wait $! || { cat /root/busy.log; exit 1; }
    wait_for 30 idle 2
    run 0
    say "upgraded with a run going on, which ends well; what the operator wrote is there"
    install_version "$(versions | head -n 1)"
    wait_for 30 idle 2
    run 0
    say "downgraded"
  fi
  dpkg --remove loadctl loadctl-agent
  [ -e /etc/loadctl/agent.yaml ]
  [ "$(systemctl is-active loadctl-controller || true)" = inactive ]
  grep -ls "^loadctl" /proc/[0-9]*/comm && { echo "FAILED: processes are left"; exit 1; }
  dpkg --purge loadctl loadctl-agent
  systemctl daemon-reload
  [ ! -e /etc/loadctl ] || { find /etc/loadctl; exit 1; }
  rm -rf /root/certs
  say "purged"
}

# What docs/operations/systemd.md and upgrading.md say, block by block, in their order.
book_boot() {
  mkdir /root/old /root/new
  cp loadctl*_"$(versions | head -n 1)"_*.deb /root/old
  cp loadctl*_"$(versions | tail -n 1)"_*.deb /root/new
  cd /root/old
  local page line name
  while read -r page line name; do
    [ "$name" != upgrade ] || cd /root/new
    sed -n "$((line + 1)),\$p" "/t/$page" | sed '/^```/,$d' >/root/block.sh
    bash -euo pipefail /root/block.sh >/root/block.log 2>&1 || {
      echo "FAILED: $page, line $line ($name)"
      cat /root/block.log
      journalctl --no-pager -u 'loadctl*' | tail -40
      exit 1
    }
    case $name in
      start) wait_for 20 idle 1 ;;
      several) wait_for 20 idle 2 && run 0 && wait_for 20 idle 2 ;;
      credentials) wait_for 20 idle 3 ;;
      restart) wait_for 30 idle 3 && run 0 ;;
    esac
    say "$page: $name"
  done < <(cd /t && awk '/^```sh guest=/ { split($2, word, "="); print (word[2] == "remove") + 0, FILENAME, FNR, word[2] }' systemd.md upgrading.md |
    sort -s -k1,1n | cut -d' ' -f2-)
  grep -ls "^loadctl" /proc/[0-9]*/comm && { echo "FAILED: processes are left"; exit 1; }
  # What is the operator's.
  rm -r /root/old /root/new /root/certs /etc/credstore/loadctl-agent.* /etc/systemd/system/loadctl-agent@{,3}.service.d
}

"$(cat /t/boot)_boot"
