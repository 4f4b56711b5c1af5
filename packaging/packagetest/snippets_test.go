package packagetest

import (
	"path/filepath"
	"strings"
	"testing"
)

// awaitText is a shell function: it waits for a text in a file.
const awaitText = `await() {
	for n in $(seq 600); do
		! grep -qs -- "$1" "$2" || return 0
		sleep 0.1
	done
	echo "waited in vain for $1 in $2"
	cat "$2"
	return 1
}
`

// TestApacheSnippets: nothing goes to the program until what the file says is done,
// on Debian and, with the same Apache, on Fedora and RHEL.
func TestApacheSnippets(t *testing.T) {
	t.Parallel()
	r := newRoot(t, map[string]string{
		"first.deb": packages(t, version).deb, "rpm.conf": filepath.Join(tree, "packaging/apache/httpd.conf"),
	})
	t.Log(r.boot(t, awaitText+`dpkg -i /first.deb >/dev/null
cd /etc/apache2
access=/var/log/httpd-syslog/access_log error=/var/log/httpd-syslog/error_log
get() { curl --silent --output /dev/null "http://127.0.0.1/$1"; }
# The host that Debian has enabled logs to files of its own.
echo 'CustomLog /var/log/apache2/all.log common' >conf-enabled/all.conf
sed -i '/CustomLog\|ErrorLog/d' sites-available/000-default.conf

systemctl restart apache2
get before
a2enconf httpd-syslog
systemctl restart apache2
get debian
await 'GET /debian ' $access
await 'resuming normal operations' $error
a2disconf httpd-syslog

cp /rpm.conf conf-enabled/httpd-syslog.conf
systemctl restart apache2
get not-defined
await 'GET /not-defined ' /var/log/apache2/all.log
sed -i 's/^#Define/Define/' conf-enabled/httpd-syslog.conf
apachectl configtest
systemctl restart apache2
get rpm
await 'GET /rpm ' $access
cut -d'"' -f2 $access >/test/requests
`))
	if got, want := r.read(t, "test/requests"), "GET /debian HTTP/1.1\nGET /rpm HTTP/1.1\n"; got != want {
		t.Errorf("requests logged: %q, want %q", got, want)
	}
}

// TestRsyslogSnippet: rsyslog hands the two facilities to the socket, and to nobody
// else.
func TestRsyslogSnippet(t *testing.T) {
	t.Parallel()
	r := newRoot(t, map[string]string{"first.deb": packages(t, version).deb})
	t.Log(r.boot(t, awaitText+`dpkg -i /first.deb >/dev/null
systemctl stop httpd-syslog.socket httpd-syslog.service
httpd_syslog receive --raw unix:///run/httpd-syslog/log >/test/received &
for n in $(seq 600); do [ ! -S /run/httpd-syslog/log ] || break; sleep 0.1; done
cp /usr/share/httpd-syslog/rsyslog.conf /etc/rsyslog.d/10-httpd-syslog.conf
rsyslogd -N1
systemctl restart rsyslog
logger -p local1.notice -t httpd an access line
logger -p local2.err -t httpd an error line
logger -p user.info -t other something else
await 'an access line' /test/received
await 'an error line' /test/received
await 'something else' /var/log/syslog
`))
	if text := r.read(t, "test/received"); !strings.Contains(text, "<147>1 ") || strings.Contains(text, "something else") {
		t.Errorf("received:\n%s", text)
	}
	if text := r.read(t, "var/log/syslog"); strings.Contains(text, "an access line") || strings.Contains(text, "an error line") {
		t.Errorf("the syslog daemon has kept:\n%s", text)
	}
}
