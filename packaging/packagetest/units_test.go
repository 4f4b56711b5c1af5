package packagetest

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// mostExposed is what systemd-analyze may rate the service: 0 is safe, 10 is not.
const mostExposed = 2.0

func TestServiceIsConfined(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"httpd-syslog.service", "httpd-syslog-verify.service"} {
		unit := filepath.Join(tree, "packaging/systemd", name)
		out := run(t, command(t, "systemd-analyze", "security", "--offline=true", "--no-pager", unit))
		m := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`).FindStringSubmatch(out)
		if m == nil {
			t.Fatalf("no figure:\n%s", out)
		}
		t.Log(m[0])
		if level, err := strconv.ParseFloat(m[1], 64); err != nil || level >= mostExposed {
			t.Errorf("%s: exposure %s, want less than %v:\n%s", name, m[1], mostExposed, out)
		}
	}
}

// TestVerifyWorksConfined: the timer is off; what it starts finds nothing, and then what was altered, and each is
// an event that the service delivers.
func TestVerifyWorksConfined(t *testing.T) {
	t.Parallel()
	r := newRoot(t, map[string]string{"first.deb": packages(t, version).deb})
	out := r.boot(t, awaitText+`dpkg -i /first.deb >/dev/null 2>/test/dpkg
systemctl is-enabled httpd-syslog-verify.timer || :
sed -i 's/^every = "1m"/every = "1s"/' /etc/httpd-syslog/httpd_syslog.toml
systemctl reload httpd-syslog
seq -f 'line %g' 100 | httpd_syslog
await 'file=access_log' /var/log/httpd-syslog/audit_log
systemctl start httpd-syslog-verify.service
await 'event=verify.ok' /var/log/httpd-syslog/audit_log
sed -i 's/^line 50$/line 51/' /var/log/httpd-syslog/access_log
systemctl start httpd-syslog-verify.service 2>/dev/null || echo findings
await 'event=verify.found' /var/log/httpd-syslog/audit_log
stat -c '%U %G %a' /var/lib/httpd-syslog/verified
`)
	if want := "disabled\nfindings\nhttpd-syslog httpd-syslog 640\n"; out != want {
		t.Errorf("%q, want %q", out, want)
	}
}

// TestDebInBootedSystem: what the deb has set up when it was installed into a
// running system, and after the system was booted again.
func TestDebInBootedSystem(t *testing.T) {
	t.Parallel()
	r := newRoot(t, map[string]string{"first.deb": packages(t, version).deb})
	const state = `systemctl is-enabled httpd-syslog.socket httpd-syslog.service
systemctl is-active httpd-syslog.socket httpd-syslog.service
stat -c '%A %U %G %n' /run/httpd-syslog /run/httpd-syslog/log /var/lib/httpd-syslog /var/log/httpd-syslog
systemctl show --property=User,Restart,StartLimitIntervalUSec,NeedDaemonReload,NRestarts httpd-syslog.service
runuser -u httpd-syslog -- httpd_syslog status --check | cut -d' ' -f1,2
`
	const want = `enabled
enabled
active
active
drwxr-xr-x httpd-syslog httpd-syslog /run/httpd-syslog
srw-rw-rw- root root /run/httpd-syslog/log
drwxr-x--- httpd-syslog httpd-syslog /var/lib/httpd-syslog
drwxr-x--- httpd-syslog httpd-syslog /var/log/httpd-syslog
Restart=always
NRestarts=0
User=httpd-syslog
NeedDaemonReload=no
StartLimitIntervalUSec=0
HTTPD_SYSLOG OK
`
	if got := r.boot(t, "dpkg -i /first.deb >/dev/null 2>/test/dpkg\n"+state); got != want {
		t.Errorf("after the installation:\n%s\nwant:\n%s", got, want)
	}
	purged := r.boot(t, state+"dpkg -P httpd-syslog >/dev/null\nls -d /run/httpd-syslog || :\nsystemctl is-active httpd-syslog.socket httpd-syslog.service || :\n")
	if want := want + "ls: cannot access '/run/httpd-syslog': No such file or directory\ninactive\ninactive\n"; purged != want {
		t.Errorf("after the next boot, and the purge:\n%s\nwant:\n%s", purged, want)
	}
}

// TestServiceWorksConfined: what the unit forbids is not needed: the service takes
// syslog in, writes local files and rotates them, relays, and answers on its port.
func TestServiceWorksConfined(t *testing.T) {
	t.Parallel()
	r := newRoot(t, map[string]string{"first.deb": packages(t, version).deb})
	out := r.boot(t, awaitText+`dpkg -i /first.deb >/dev/null 2>/test/dpkg
httpd_syslog receive tcp://127.0.0.1:5514 >/test/received 2>/dev/null &
cat >>/etc/httpd-syslog/httpd_syslog.toml <<EOF
[[relay]]
name = "central"
servers = ["tcp://127.0.0.1:5514"]
EOF
sed -i 's/^max_size = "100MB"/max_size = "64KiB"/' /etc/httpd-syslog/httpd_syslog.toml
systemctl reload httpd-syslog
await 'event=config.loaded' /var/log/httpd-syslog/audit_log
seq -f 'line %g of those that fill the first local file and some others' 3000 | httpd_syslog
logger --socket /run/httpd-syslog/log --rfc3164 -p local2.err -t httpd by the socket
await 'line 3000 ' /test/received
await 'by the socket' /test/received
await 'by the socket' /var/log/httpd-syslog/error_log
first=
for n in $(seq 600); do
	first=$(ls /var/log/httpd-syslog/access_log-*.gz 2>/dev/null | head -n 1)
	[ -z "$first" ] || ! gzip -cd "$first" 2>/dev/null | grep '^line 1 ' >/test/first || break
	sleep 0.1
done
cut -c 1-6 /test/first
stat -c '%A %U %G' "$first"
for path in readyz healthz metrics; do curl --silent --fail --retry 60 --retry-delay 1 --output /dev/null http://127.0.0.1:9514/$path; done
journalctl --no-pager --unit httpd-syslog >/test/journal
systemctl show --property=NRestarts httpd-syslog.service
`)
	if want := "line 1\n-rw-r----- httpd-syslog httpd-syslog\nNRestarts=0\n"; out != want {
		t.Errorf("%q, want %q", out, want)
	}
	journal := r.read(t, "test/journal")
	for _, trouble := range []string{"not permitted", "denied", "Read-only", "SIGSYS"} {
		if strings.Contains(journal, trouble) {
			t.Errorf("the journal has %q:\n%s", trouble, journal)
		}
	}
}

// TestSocketsOfTheManager: what the manual says of /dev/log and ports below 1024.
func TestSocketsOfTheManager(t *testing.T) {
	t.Parallel()
	r := newRoot(t, map[string]string{"first.deb": packages(t, version).deb})
	r.write(t, "etc/systemd/system/httpd-syslog.socket.d/override.conf",
		"[Socket]\nListenDatagram=/dev/log\nListenDatagram=0.0.0.0:514\nListenStream=0.0.0.0:601\n", 0o644)
	t.Log(r.boot(t, awaitText+`dpkg -i /first.deb >/dev/null 2>/test/dpkg
cat >>/etc/httpd-syslog/httpd_syslog.toml <<EOF
[[listen]]
url = "unixgram:///dev/log"
[[listen]]
url = "udp://:514"
[[listen]]
url = "tcp://:601"
EOF
systemctl stop httpd-syslog.service httpd-syslog.socket
systemctl start httpd-syslog.socket httpd-syslog.service
logger -p local2.err -t httpd by /dev/log
logger --udp --server 127.0.0.1 --port 514 -p local2.err -t httpd by udp
logger --tcp --server 127.0.0.1 --port 601 -p local2.err -t httpd by tcp
for by in /dev/log udp tcp; do await "by $by" /var/log/httpd-syslog/error_log; done
`))
}

// TestStoresWorkConfined: the service sends to both kinds of stores, set up as their pages say: the stream for NATS that
// the deb has, and a key for S3 in a file that a drop-in names. The first relay to a store wants a restart, and an event says so.
func TestStoresWorkConfined(t *testing.T) {
	t.Parallel()
	r := newRoot(t, map[string]string{
		"first.deb": packages(t, version).deb, "test/versitygw": testbed.Engine(t, "versitygw"), "test/nats-server": testbed.Engine(t, "nats-server"),
	})
	out := r.boot(t, awaitText+storesText+`cat >>/etc/httpd-syslog/httpd_syslog.toml <<EOF
[[relay]]
name = "evidence"
servers = ["nats://127.0.0.1"]
[relay.nats]
stream = "HTTPD"
subject = "httpd"
[[relay]]
name = "archive"
servers = ["s3://example-weblogs/web"]
delay = "1s"
[relay.s3]
endpoint = "http://127.0.0.1:9000"
region = "eu-central-1"
path_style = true
days = 1
EOF
systemctl reload httpd-syslog
await 'restart the service' /var/log/httpd-syslog/audit_log
printf '%s\n' '[default]' 'aws_access_key_id = web1' 'aws_secret_access_key = secretsecretsecret' >/etc/httpd-syslog/aws
chgrp httpd-syslog /etc/httpd-syslog/aws
chmod 640 /etc/httpd-syslog/aws
mkdir /etc/systemd/system/httpd-syslog.service.d
printf '%s\n' '[Service]' 'Environment=AWS_SHARED_CREDENTIALS_FILE=/etc/httpd-syslog/aws' >/etc/systemd/system/httpd-syslog.service.d/override.conf
systemctl daemon-reload
systemctl restart httpd-syslog
seq -f 'line %g' 100 | httpd_syslog
await 'event=relay.up .*relay=evidence' /var/log/httpd-syslog/audit_log
await 'event=relay.up .*relay=archive' /var/log/httpd-syslog/audit_log
export AWS_SHARED_CREDENTIALS_FILE=/etc/httpd-syslog/aws
httpd_syslog check --connect >/test/check
grep -c 'connect .* answers' /test/check
for store in nats://127.0.0.1 s3://example-weblogs/web; do
	for n in $(seq 200); do
		! httpd_syslog verify $store >/test/verified 2>&1 || ! grep '^1[0-9][0-9] of .* 0 altered, 0 missing' /test/verified || continue 2
		sleep 0.5
	done
	cat /test/verified
done
cat /proc/$(systemctl show --property=MainPID --value httpd-syslog)/comm
`)
	want := regexp.MustCompile(`^2\n(1\d\d of \d+ lines checked: .*\n){2}httpd_syslogd_s\n$`)
	if !want.MatchString(out) {
		t.Errorf("%q", out)
	}
}

// storesText installs the deb, and has a NATS server with the packaged stream, of one replica, and a store that speaks S3 with a
// bucket.
const storesText = `dpkg -i /first.deb >/dev/null 2>/test/dpkg
sed -i 's/^every = "1m"/every = "1s"/' /etc/httpd-syslog/httpd_syslog.toml
cd /test
mkdir nats data versions users
printf '%s\n' 'server_name: n1' 'listen: "127.0.0.1:4222"' 'jetstream { store_dir: "/test/nats" }' >nats-server.conf
./nats-server -c nats-server.conf -l nats.log &
ROOT_ACCESS_KEY=web1 ROOT_SECRET_KEY=secretsecretsecret ./versitygw --quiet --port 127.0.0.1:9000 --region eu-central-1 \
	--iam-dir /test/users posix --versioning-dir /test/versions /test/data >s3.log 2>&1 &
await 'Server is ready' nats.log
sed 's/"num_replicas": 3/"num_replicas": 1/' /usr/share/doc/httpd-syslog/nats/stream.json >stream.json
bash -ec 'exec 3<>/dev/tcp/127.0.0.1/4222
printf "CONNECT {\"verbose\":false}\r\nSUB answer 1\r\nPUB \$JS.API.STREAM.CREATE.HTTPD answer $(stat -c %s stream.json)\r\n$(cat stream.json)\n\r\n" >&3
timeout 60 grep -m 1 deny_purge <&3 >stream.answer'
curl --silent --show-error --fail --retry 60 --retry-connrefused --retry-delay 1 --aws-sigv4 aws:amz:eu-central-1:s3 --user web1:secretsecretsecret \
	-H 'x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' -H 'x-amz-bucket-object-lock-enabled: true' \
	-X PUT http://127.0.0.1:9000/example-weblogs 2>curl.log || cat curl.log # it tells of each attempt, also of one before the store listens
`
