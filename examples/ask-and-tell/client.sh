#!/bin/sh
# Tunes two numbers over Maggy's HTTP API with curl and jq, which also measures: a bowl, on a curve that falls by 1/step.
#
#   sh client.sh                 # submits an experiment and works on it until it is done
#   sh client.sh <experiment>    # works on the same one
#
# MAGGY_URL is the server, http://localhost:8080 by default, and MAGGY_API_KEY the key of one that asks for keys. There are no heartbeats: each report begins the lease anew.
set -eu
api=${MAGGY_URL:-http://localhost:8080}/v1/experiments

# A key goes by stdin: arguments of a process are there for all on this machine to read.
request() { printf '%s' "${MAGGY_API_KEY:+header = \"Authorization: Bearer $MAGGY_API_KEY\"}" | curl -sS -K - "$@"; }

# Any request may be sent again when its answer is lost: the server counts it once. A refusal ends the script with its message.
post() {
  answered=$(request --fail-with-body --retry 5 --retry-connrefused -H 'content-type: application/json' "$api$1" -d "$2") && echo "$answered" && return
  echo "$answered" >&2
  return 1
}
field() { echo "$1" | jq -rc "$2"; }

if [ $# -gt 0 ]; then
  id=$1
else
  submitted=$(post '' '{
    "kind": "tune", "trainingFunction": "bowl", "execution": "ask", "direction": "minimize", "maxTrials": 10, "seed": 1,
    "space": { "x": { "type": "float", "min": -1, "max": 1 }, "y": { "type": "float", "min": -1, "max": 1 } },
    "scheduler": { "type": "median" } }')
  id=$(field "$submitted" .id)
fi
echo "Experiment $id"

while :; do
  asked=$(post "/$id/ask" '{ "worker": "curl", "waitSeconds": 30, "leaseSeconds": 60 }')
  if [ "$(field "$asked" .done)" = true ]; then break; fi
  trial=$(field "$asked" .trial)
  if [ "$trial" = null ]; then continue; fi
  path="/$id/trials/$(field "$trial" .number)"

  step=0 decision=continue
  while [ $step -lt 5 ] && [ "$decision" = continue ]; do
    step=$((step + 1))
    loss=$(field "$trial" ".params | (.x - 0.3) * (.x - 0.3) + (.y + 0.2) * (.y + 0.2) + 1 / $step")
    reported=$(post "$path/reports" "$(field "$trial" "{ token, step: $step, value: $loss }")")
    decision=$(field "$reported" .decision)
  done

  if [ "$decision" = continue ]; then outcome="{ token, state: \"completed\", value: $loss }"; else outcome='{ token, state: "stopped" }'; fi
  told=$(post "$path/tell" "$(field "$trial" "$outcome")")
  echo "Trial $(field "$trial" .number): $(field "$told" .state) after step $step, $loss"
done
request "$api/$id/result" | jq -c .incumbent
