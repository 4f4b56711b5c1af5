# What an administrator does with the package, and what befalls it. Prints "= NAME: VALUE".
local_log=/var/log/httpd-syslog/access_log
plain=/var/log/apache2/plain
received=/test/received

say() { echo "= $1: $2"; }

# await COMMAND waits until it succeeds.
await() {
	for _ in $(seq 600); do
		if "$@" >/dev/null 2>&1; then return 0; fi
		sleep 0.1
	done
	echo "in vain: $*"
	journalctl --no-pager -n 60
	return 1
}

texts() { sed -n 's/^<141>1 .* access \[meta sequenceId="[0-9]*"\] //p' $received; }

# missing A B: lines of A that B lacks; each as often as it is there.
missing() { comm -23 "$1" "$2" | wc -l; }

missing_local() { missing /test/plain.sorted /test/local.sorted; }
extra_local() { missing /test/local.sorted /test/plain.sorted; }
missing_received() { missing /test/plain.unique /test/received.unique; }

# settled sorts what there is, and succeeds when nothing is missing or extra: Apache logs a request when
# the client has its answer already, so that its own log may get a line between two looks.
settled() {
	sort $plain >/test/plain.sorted
	sort $local_log >/test/local.sorted
	sort -u $plain >/test/plain.unique
	texts | sort -u >/test/received.unique
	[ "$(missing_local)" -eq 0 ] && [ "$(extra_local)" -eq 0 ] && [ "$(missing_received)" -eq 0 ]
}

# compare NAME waits until the local log and the receiver have the lines of Apache's own log, and leaves
# them sorted. What the receiver has twice counts once.
compare() {
	await settled || :
	echo "$1: $(wc -l <$plain) lines of Apache's own, $(wc -l <$local_log) in the local log, $(texts | wc -l) messages at the receiver"
}

# load makes requests until /test/stop is there.
load() {
	rm -f /test/stop
	(
		run=0
		while [ ! -e /test/stop ]; do
			run=$((run + 1))
			curl -s -o /dev/null "http://127.0.0.1/?load=$1&run=$run&n=[1-100]" || sleep 0.05
		done
	) &
	loader=$!
}

end_load() {
	touch /test/stop
	wait $loader
}

main_pid() { systemctl show -P MainPID httpd-syslog; }

# another PID: the service has another main process, and is up.
another() { [ "$(main_pid)" != "$1" ] && [ "$(main_pid)" != 0 ] && systemctl is-active --quiet httpd-syslog; }

# Installed, and two lines of configuration.
dpkg -i /first.deb
say "after install: service" "$(systemctl is-active httpd-syslog.service)"
say "after install: socket" "$(systemctl is-active httpd-syslog.socket)"
say "after install: user" "$(ps -o user:20= -p "$(main_pid)" | tr -d ' ')"
say "after install: modes" "$(stat -c '%a %U:%G' /etc/httpd-syslog/httpd_syslog.toml /var/lib/httpd-syslog /var/log/httpd-syslog | paste -sd' ')"
systemd-run --quiet --unit=receiver --property=StandardOutput=append:$received /usr/bin/httpd_syslog receive --raw tcp://127.0.0.1:5514
printf '[[relay]]\nservers = ["tcp://127.0.0.1:5514"]\n' >>/etc/httpd-syslog/httpd_syslog.toml
await httpd_syslog check --connect
systemctl reload httpd-syslog

a2dissite -q 000-default
a2enconf -q httpd-syslog
# After httpd-syslog.conf: what is in there is in the pipe as well.
echo "CustomLog $plain vcombined" >/etc/apache2/conf-enabled/z-plain.conf
echo "ServerName localhost" >/etc/apache2/conf-enabled/a-name.conf
systemctl restart apache2
curl -s -o /dev/null "http://127.0.0.1/?first=[1-500]"
compare requests
say "requests: missing in the local log" "$(missing_local)"
say "requests: extra in the local log" "$(extra_local)"
say "requests: missing at the receiver" "$(missing_received)"
say "requests: repeated at the receiver" "$(texts | sort | uniq -d | wc -l)"
say "requests: error lines" "$(grep -q 'mpm_event:notice.*resuming normal operations' /var/log/httpd-syslog/error_log && grep -q ' error \[meta.*resuming normal operations' $received && echo yes)"
says_ok() { systemctl show -P StatusText httpd-syslog | grep -q '^everything is delivered'; }
await says_ok
systemctl status --no-pager httpd-syslog
say "after install: systemctl status" yes
say "after install: owner of the intakes" "$(ps -C httpd_syslog -o user:20=,args= | grep ' intake ' | cut -d' ' -f1 | sort -u)"

# Apache's own restarts, under load.
load reload
for _ in 1 2 3; do
	sleep 0.5
	systemctl reload apache2
done
sleep 0.5
end_load
compare "reload of apache2"
say "reload of apache2: missing" "$(missing_local)"
say "reload of apache2: extra" "$(extra_local)"

# KillMode=mixed kills what is left when the parent has gone.
load stop
sleep 0.5
systemctl stop apache2
end_load
compare "stop of apache2"
say "stop of apache2: missing" "$(missing_local)"
say "stop of apache2: extra" "$(extra_local)"
say "stop of apache2: missing at receiver" "$(missing_received)"
say "stop of apache2: processes left" "$(ps -C httpd_syslog -o args= | grep -vc -e serve -e receive || :)"
systemctl start apache2

# The service is killed, and stands still.
load kill
sleep 0.5
before=$(main_pid)
kill -9 "$before"
await another "$before"
say "kill -9 of the service: restarted" yes
sleep 0.5
end_load
compare "kill -9 of the service"
say "kill -9 of the service: missing" "$(missing_local)"
say "kill -9 of the service: extra" "$(extra_local)"
say "kill -9 of the service: at receiver" "$(missing_received)"

mkdir -p /run/systemd/system/httpd-syslog.service.d
printf '[Service]\nWatchdogSec=6\nTimeoutAbortSec=1\n' >/run/systemd/system/httpd-syslog.service.d/test.conf
systemctl daemon-reload
systemctl restart httpd-syslog
load watchdog
before=$(main_pid)
sleep 7 # it lives longer than its watchdog's time
if [ "$before" -eq 0 ] || [ "$(main_pid)" != "$before" ]; then # a signal to 0 would be for this script
	echo "the service did not outlive its watchdog's time: process $before, then $(main_pid)"
	exit 1
fi
kill -STOP "$before"
await another "$before"
say "watchdog: restarted" "$(journalctl --no-pager -u httpd-syslog | grep -q 'Watchdog timeout' && echo yes)"
end_load
compare watchdog
say "watchdog: missing" "$(missing_local)"
say "watchdog: extra" "$(extra_local)"
rm -r /run/systemd/system/httpd-syslog.service.d
systemctl daemon-reload
systemctl restart httpd-syslog

# Syslog in: at the socket, while the service is down, and through rsyslog.
at_error_log() { grep -c "$1" /var/log/httpd-syslog/error_log || :; }
logger -u /run/httpd-syslog/log -p local2.warning -t httpd "companion-1"
await grep -q companion-1 /var/log/httpd-syslog/error_log
await grep -q companion-1 $received
say "companion: in the local file" "$(at_error_log ' httpd.*: \[ID [0-9]* local2.warning\] companion-1$')"
say "companion: at the receiver" "$(grep -c '^<148>1 .* error .*companion-1$' $received)"
systemctl stop httpd-syslog
logger -u /run/httpd-syslog/log -p local2.warning -t httpd "companion-2"
systemctl start httpd-syslog
await grep -q companion-2 /var/log/httpd-syslog/error_log
say "companion: while the service was down" "$(at_error_log companion-2)"
cp /usr/share/httpd-syslog/rsyslog.conf /etc/rsyslog.d/10-httpd-syslog.conf
systemctl restart rsyslog
logger -p local2.warning -t httpd "by-rsyslog"
await grep -q by-rsyslog /var/log/httpd-syslog/error_log
logger -p user.notice "after-rsyslog"
await grep -q after-rsyslog /var/log/syslog /var/log/messages
say "rsyslog: in the local file" "$(at_error_log by-rsyslog)"
say "rsyslog: in syslog and messages" "$(cat /var/log/syslog /var/log/messages 2>/dev/null | grep -c by-rsyslog || :)"

# Who may ask.
useradd --groups httpd-syslog member
useradd stranger
say "status as a member of the group" "$(setpriv --reuid=member --regid=member --init-groups httpd_syslog status | grep -q '^OK' && echo yes)"
say "status as somebody else" "$(setpriv --reuid=stranger --regid=stranger --init-groups httpd_syslog status --check >/dev/null 2>&1 || echo $?)"
httpd_syslog status

# An upgrade, under load.
load upgrade
sleep 0.5
dpkg -i /later.deb
sleep 1
end_load
say "upgrade: version" "$(httpd_syslog status --json | grep -q '"version": *"0.9.1"' && echo later)"
compare upgrade
say "upgrade: missing" "$(missing_local)"
say "upgrade: extra" "$(extra_local)"
say "upgrade: missing at receiver" "$(missing_received)"

a2disconf -q httpd-syslog
rm /etc/apache2/conf-enabled/z-plain.conf
systemctl restart apache2
dpkg -r httpd-syslog
say "remove: service" "$(systemctl is-active httpd-syslog || :)"
say "remove: logs" "$([ -s $local_log ] && echo kept)"
dpkg -P httpd-syslog
say "purge: state and configuration" "$([ -e /var/lib/httpd-syslog ] || [ -e /etc/httpd-syslog ] || echo gone)"
say "purge: logs" "$([ -s $local_log ] && echo kept)"
