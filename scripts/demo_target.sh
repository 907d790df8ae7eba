# An nginx on 127.0.0.1 and a free port that answers every path with a small JSON document. Sourced
# after lib.sh: demo_target_start sets DEMO_TARGET (its URL), demo_target_stop ends it by its id.
demo_target_dir=
demo_target_pid=

demo_target_config() {
  cat <<CONFIG
daemon off;
worker_processes 1;
pid $demo_target_dir/nginx.pid;
error_log $demo_target_dir/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000;
  client_body_temp_path $demo_target_dir/body;
  proxy_temp_path $demo_target_dir/proxy;
  fastcgi_temp_path $demo_target_dir/fastcgi;
  uwsgi_temp_path $demo_target_dir/uwsgi;
  scgi_temp_path $demo_target_dir/scgi;
  server {
    listen 127.0.0.1:$1;
    default_type application/json;
    location / { return 200 '{"hello":"world","items":[1,2,3]}'; }
  }
}
CONFIG
}

demo_target_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

demo_target_start() {
  local nginx port try wait
  nginx=$(command -v nginx || command -v /usr/sbin/nginx) || fail "no nginx: run scripts/install"
  demo_target_dir=$(mktemp -d "${TMPDIR:-/tmp}/loadctl-demo.XXXXXX")
  step "starting the demo target"
  for try in 1 2 3 4 5 6 7 8; do
    port=$((20000 + RANDOM % 12000))
    demo_target_answers "$port" && continue
    demo_target_config "$port" >"$demo_target_dir/nginx.conf"
    # Signals from the terminal are for the load test: the target outlives it.
    setsid "$nginx" -e "$demo_target_dir/error.log" -c "$demo_target_dir/nginx.conf" </dev/null >/dev/null 2>&1 &
    demo_target_pid=$!
    for wait in $(seq 50); do
      kill -0 "$demo_target_pid" 2>/dev/null || break
      if demo_target_answers "$port"; then
        DEMO_TARGET="http://127.0.0.1:$port"
        return
      fi
      sleep 0.1
    done
    demo_target_end_process
  done
  cat "$demo_target_dir/error.log" >&2 || true
  fail "the demo target did not start"
}

demo_target_end_process() {
  [ -n "$demo_target_pid" ] || return 0
  kill "$demo_target_pid" 2>/dev/null || true
  wait "$demo_target_pid" 2>/dev/null || true
  demo_target_pid=
}

demo_target_stop() {
  demo_target_end_process
  [ -z "$demo_target_dir" ] || rm -rf "$demo_target_dir"
  demo_target_dir=
}
