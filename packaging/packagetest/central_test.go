package packagetest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// tenMinutes are the blocks of the page on the central server: certificates, central server, web server, and
// whether it is so.
func tenMinutes(t *testing.T) (blocks []string) {
	t.Helper()
	page := readFile(t, filepath.Join(tree, "packaging/doc/central.md"))
	for _, m := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(page, -1) {
		blocks = append(blocks, m[1])
	}
	if len(blocks) != 4 {
		t.Fatalf("the page has %d blocks", len(blocks))
	}
	return blocks
}

// TestReadmeHasTheSameCommands: what README.md says of the ten minutes stands in the page that has them whole.
func TestReadmeHasTheSameCommands(t *testing.T) {
	t.Parallel()
	_, section, _ := strings.Cut(readFile(t, filepath.Join(tree, "README.md")), "## The central server in ten minutes\n")
	section, _, _ = strings.Cut(section, "\n## ")
	lines := regexp.MustCompile(`(?m)^(?:    (\S.*)|(\[[\w.\[\]]+|\w+ *= .*))$`).FindAllStringSubmatch(section, -1)
	if len(lines) < 10 {
		t.Fatalf("README.md has %d lines of it", len(lines))
	}
	page := strings.Join(tenMinutes(t), "")
	for _, m := range lines {
		if line := m[1] + m[2]; !strings.Contains(page, line+"\n") {
			t.Errorf("README.md has %q, and packaging/doc/central.md has not", line)
		}
	}
}

// certificates runs the first block on this machine, as that of the authority: scp copies into the roots.
func certificates(t *testing.T, block string, hosts map[string]*root) {
	t.Helper()
	dir := t.TempDir()
	text := "#!/bin/sh -eu\nwhile [ $# -gt 1 ]; do files=\"${files:-} $1\"; shift; done\ncase $1 in\n"
	for host, r := range hosts {
		to := filepath.Join(r.upper, "etc/httpd-syslog")
		if err := os.MkdirAll(to, 0o755); err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintf("root@%s:/etc/httpd-syslog/) cp $files %s/ ;;\n", host, to)
	}
	writeFile(t, filepath.Join(dir, "bin/scp"), text+"root@web2.example.com:*) ;;\n*) exit 1 ;;\nesac\n", 0o755)
	cmd := command(t, "sh", "-euc", block)
	testbed.Need(t, "openssl")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	run(t, cmd)
}

// connected gives two roots a network of their own, on which they have names.
func connected(t *testing.T, one, other *root, names [2]string) {
	t.Helper()
	var spaces [2]string
	for i, r := range []*root{one, other} {
		spaces[i] = fmt.Sprintf("hs-%d-%d", os.Getpid(), i)
		run(t, command(t, "ip", "netns", "add", spaces[i]))
		t.Cleanup(func() { _ = exec.Command("ip", "netns", "delete", spaces[i]).Run() }) // with its interfaces
		r.nspawn = []string{"--network-namespace-path=/run/netns/" + spaces[i]}
		r.write(t, "etc/hosts", fmt.Sprintf("127.0.0.1 localhost\n192.0.2.1 %s\n192.0.2.2 %s\n", names[0], names[1]), 0o644)
		r.write(t, "etc/hostname", names[i]+"\n", 0o644)
	}
	run(t, command(t, "ip", "-n", spaces[0], "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", spaces[1]))
	for i, space := range spaces {
		run(t, command(t, "ip", "-n", space, "address", "add", fmt.Sprintf("192.0.2.%d/24", i+1), "dev", "eth0"))
		run(t, command(t, "ip", "-n", space, "link", "set", "eth0", "up"))
		run(t, command(t, "ip", "-n", space, "link", "set", "lo", "up"))
	}
}

// TestTenMinutes: two fresh Debians with the package, and what the page says, to the letter: the web server's
// lines are in the central server's file, both say that all is well, and verify finds that all is there.
func TestTenMinutes(t *testing.T) {
	t.Parallel()
	testbed.NeedRoot(t)
	blocks := tenMinutes(t)
	deb := map[string]string{"first.deb": packages(t, version).deb}
	log1, web1 := newRoot(t, deb), newRoot(t, deb)
	connected(t, log1, web1, [2]string{"log1.example.com", "web1.example.com"})
	certificates(t, blocks[0], map[string]*root{"log1.example.com": log1, "web1.example.com": web1})
	shared := t.TempDir()
	for _, r := range []*root{log1, web1} {
		r.nspawn = append(r.nspawn, "--bind="+shared+":/shared")
	}
	const meeting = awaitText + `meet() {
	for n in $(seq 1500); do
		[ ! -e /shared/$1 ] || return 0
		sleep 0.1
	done
	echo "waited in vain for $1"
	return 1
}
dpkg -i /first.deb >/dev/null 2>/test/dpkg
`
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() {
		t.Logf("web1:\n%s", web1.boot(t, meeting+"meet up\n"+blocks[2]+`# Debian's own host has a CustomLog of its own: see README.md.
sed -i '/CustomLog\|ErrorLog/d' /etc/apache2/sites-available/000-default.conf
a2enconf httpd-syslog >/dev/null
systemctl restart apache2
curl --silent --output /dev/null http://127.0.0.1/in-ten-minutes
await in-ten-minutes /var/log/httpd-syslog/access_log
httpd_syslog status
touch /shared/sent
meet done
httpd_syslog status --check
`))
	})
	t.Logf("log1:\n%s", log1.boot(t, meeting+blocks[1]+`touch /shared/up
meet sent
central=/var/log/httpd-syslog/central/web1.example.com/web1.example.com
day=$(date -u +%F)
await in-ten-minutes $central/access-$day.log
for n in $(seq 900); do
	! grep -qs 'event=seal.lines.*stream=access' $central/audit-*.log || break
	sleep 0.1
done
`+blocks[3]+`httpd_syslog status --check
touch /shared/done
stat -c '%A %U %G' /var/log/httpd-syslog/central $central/access-*.log
`))
}
