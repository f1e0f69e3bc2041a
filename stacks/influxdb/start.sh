#!/bin/sh
# Starts InfluxDB with the databases, retention policies, downsampling and users that this stack wants.
#
# Each start brings them about again, so that a new password in a secret and a changed setup.iql are taken over by
# deploying. Meanwhile it listens on the loopback alone, without asking for a login, and nobody else reaches it.
#
# TICK_CONFIG and TICK_SECRETS say where things lie, where that is not as in the stack.
set -eu

config=${TICK_CONFIG:-/etc/influxdb}
secrets=${TICK_SECRETS:-/run/secrets}
port=${TICK_SETUP_PORT:-8085}

# A statement, by standard input: an argument would show a password to everybody who may list processes.
ask() {
    printf '%s\n' "$1" | influx -host 127.0.0.1 -port "$port"
}

# The text in a secret within single quotes, as InfluxQL escapes it.
quoted() {
    printf "'%s'" "$(sed -e 's/\\/\\\\/g' -e "s/'/\\\\'/g" "$1")"
}

# user NAME SECRET [RIGHTS]: made if missing, and given the password of the secret.
user() {
    if ! grep -q . "$secrets/$2"; then
        echo "the secret $2 is empty or missing: the user $1 of InfluxDB needs a password" >&2
        return 1
    fi
    if ask 'SHOW USERS' | grep -q "^$1[[:space:]]"; then
        ask "SET PASSWORD FOR \"$1\" = $(quoted "$secrets/$2")"
    else
        ask "CREATE USER \"$1\" WITH PASSWORD $(quoted "$secrets/$2") ${3:-}"
    fi
}

users() {
    user admin influx_admin_password 'WITH ALL PRIVILEGES' &&
        user telegraf influx_telegraf_password &&
        user skep influx_password &&
        user chronograf influx_chronograf_password &&
        user kapacitor influx_kapacitor_password
}

# The lines of setup.iql; one after "try" may fail, because what it would make is there already.
statements() {
    sed "s/RAW_KEPT/${TICK_RAW_KEPT:-7d}/g; s/MEANS_KEPT/${TICK_MEANS_KEPT:-8w}/g" "$config/setup.iql" >"$filled"
    # Not a pipe, whose far end could fail unseen.
    while IFS= read -r line; do
        case $line in
        '' | --*) ;;
        'try '*) ask "${line#try }" >/dev/null 2>&1 || true ;;
        *) ask "$line" || { echo "InfluxDB refuses: $line" >&2; return 1; } ;;
        esac
    done <"$filled"
}

filled=$(mktemp)
INFLUXDB_HTTP_AUTH_ENABLED=false INFLUXDB_HTTP_BIND_ADDRESS="127.0.0.1:$port" influxd -config "$config/influxdb.conf" &
setup=$!
trap 'kill "$setup" 2>/dev/null; exit 143' INT TERM

tries=0
until ask 'SHOW DATABASES' >/dev/null 2>&1; do
    # A large store takes minutes to open; one that has ended never will.
    kill -0 "$setup"
    tries=$((tries + 1))
    [ "$tries" -lt 600 ]
    sleep 1
done

if ! { users && statements; }; then
    kill "$setup"
    exit 1
fi
kill "$setup"
wait "$setup" || true
trap - INT TERM
rm -f "$filled"
echo "databases, retention and users are as they should be"

exec influxd -config "$config/influxdb.conf"
