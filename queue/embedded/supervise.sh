#!/bin/sh
# Runs one server for as long as its owner lives, whatever the owner dies of.
#
#   sh supervise.sh GRACE_SECONDS SOCKET_FOLDER EPHEMERAL_DATA_FOLDER COMMAND ARGUMENT...
#
# Standard input is a pipe whose only writing end the owner holds and never writes to: it ends when the owner closes it or dies,
# of SIGKILL included. The server then gets SIGTERM and, if it still runs after the grace, SIGKILL. The socket folder goes with the
# server, and so does the data folder unless that argument is empty. The exit status is the server's.
grace=$1 sockets=$2 ephemeral_data=$3
shift 3

clean_up() {
  rm -rf "$sockets" ${ephemeral_data:+"$ephemeral_data"}
}

"$@" </dev/null &
server=$!

# A shell gives a background command /dev/null as standard input, hence the second descriptor. The one that waits for the pipe
# is a process of its own, so that it does its work even where this shell is killed.
exec 3<&0
(
  read -r _ <&3
  kill -TERM "$server" 2>/dev/null
  waited=0
  while kill -0 "$server" 2>/dev/null && [ "$waited" -lt "$((grace * 10))" ]; do
    sleep 0.1
    waited=$((waited + 1))
  done
  kill -KILL "$server" 2>/dev/null
  clean_up
) &
pipe_watcher=$!

# A signal interrupts `wait`, so it is asked again until the server is gone.
trap 'kill -TERM "$server" 2>/dev/null' HUP INT TERM
while
  wait "$server"
  status=$?
  kill -0 "$server" 2>/dev/null
do :; done
kill -KILL "$pipe_watcher" 2>/dev/null
clean_up
exit "$status"
