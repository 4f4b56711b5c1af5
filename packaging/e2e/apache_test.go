package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// apache is a private Apache httpd.
type apache struct {
	*server
	address string
	root    string
	plain   string // the access log that it writes by itself
	errors  string // the error log, if it has not been told of another
}

// apacheOptions say what a test wants of it.
type apacheOptions struct {
	mpm    string // event or prefork
	access string // CustomLog's target, besides the plain file
	errors string // ErrorLog's; empty: a file
	user   string // to start it as; empty: the test's own
	env    []string
	format string // of the access log; empty: the recommended one

	in      *ownDev  // where it runs; nil: with the test
	modules []string // besides those that all tests have
	extra   string   // configuration; %[1]s in it is the server root
}

// The piped log stands before the plain one: what is in the plain file is then
// in the pipe as well, and Apache can be stopped without a line between them. No
// child is ever one too many: it would be ended by a request of Apache's own.
const apacheConf = `ServerRoot %[1]q
ServerName www.example.com
Listen %[2]s
%[3]s
DocumentRoot htdocs
PidFile run/pid
ScoreBoardFile run/scoreboard
Mutex file:run
KeepAlive Off
ErrorLog %[4]q
LogLevel info lua:trace8
LogFormat %[6]s vcombined
CustomLog %[5]q vcombined
CustomLog logs/plain vcombined
<Directory />
  Require all granted
</Directory>
<Location /denied>
  Require all denied
</Location>
<Location /status>
  SetHandler server-status
</Location>
LuaMapHandler ^/level/ "%[1]s/htdocs/levels.lua" handle
StartServers 2
MaxRequestWorkers 64
<IfModule mpm_event_module>
  ThreadsPerChild 16
  MaxSpareThreads 64
</IfModule>
<IfModule mpm_prefork_module>
  MaxSpareServers 64
</IfModule>
`

// levelsLua logs at the level that the path names. stderr writes past Apache,
// as a library or a CGI program does, and pretends to a level.
const levelsLua = `function handle(r)
  local level = r.uri:match("([^/]+)$")
  if level == "stderr" then
    io.stderr:write("[not a time] [core:emerg] raw \255 text on stderr " .. (r.args or "") .. "\n")
  else
    r[level](r, "at " .. level .. " " .. (r.args or ""))
  end
  r:puts("ok\n")
  return apache2.OK
end
`

func startApache(t *testing.T, o apacheOptions) *apache {
	t.Helper()
	program := testbed.Need(t, "apache2", "httpd")
	dir := testbed.OpenDir(t)
	a := &apache{
		address: fmt.Sprintf("127.0.0.1:%d", freePort(t)),
		root:    dir,
		plain:   filepath.Join(dir, "logs", "plain"),
		errors:  filepath.Join(dir, "logs", "error"),
	}
	if o.errors == "" {
		o.errors = a.errors
	}
	if o.format == "" {
		o.format = recommendedFormat(t)
	}
	conf := filepath.Join(dir, "httpd.conf")
	testbed.WriteFile(t, conf, loadModules(t, append([]string{"mpm_" + o.mpm}, o.modules...))+
		fmt.Sprintf(apacheConf, dir, a.address, userGroup(o), o.errors, o.access, o.format)+strings.ReplaceAll(o.extra, "%[1]s", dir))
	testbed.WriteFile(t, filepath.Join(dir, "htdocs", "index.html"), "hello\n")
	testbed.WriteFile(t, filepath.Join(dir, "htdocs", "levels.lua"), levelsLua)
	cmd := exec.Command(program, "-f", conf, "-DFOREGROUND")
	if o.in != nil {
		cmd = o.in.command(program, "-f", conf, "-DFOREGROUND")
	}
	cmd.Env = append(os.Environ(), o.env...)
	owned := []string{dir, filepath.Join(dir, "run"), filepath.Join(dir, "logs")}
	for _, d := range owned {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if o.user != "" {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential(t, o.user, owned)}
	}
	a.server = startServer(t, cmd, filepath.Join(dir, "console"))
	a.awaitReady(t)
	return a
}

func (a *apache) awaitReady(t *testing.T) {
	t.Helper()
	testbed.Eventually(t, "Apache ready", func() bool {
		conn, err := net.Dial("tcp", a.address)
		if err == nil {
			conn.Close()
		}
		return err == nil || a.hasEnded()
	})
	if a.hasEnded() {
		t.Fatalf("Apache: %v\n%s", a.err, tail(a.console))
	}
}

// formatWithV is the format that was recommended once.
const formatWithV = `"%v %V %h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\""`

// recommendedFormat is that of the packages' snippets.
func recommendedFormat(t *testing.T) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^LogFormat (.*) vcombined$`).FindStringSubmatch(testbed.ReadFile(t, "../apache/debian.conf"))
	if m == nil {
		t.Fatal("packaging/apache/debian.conf has no LogFormat vcombined")
	}
	return m[1]
}

// modules, besides the MPM, that may be built in.
var modules = []string{"unixd", "log_config", "authz_core", "dir", "status", "lua"}

func loadModules(t *testing.T, more []string) string {
	t.Helper()
	dirs := []string{"/usr/lib/apache2/modules", "/usr/lib64/httpd/modules", "/usr/lib/httpd/modules"}
	var b strings.Builder
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "mod_lua.so")); err != nil {
			continue
		}
		for _, name := range append(more, modules...) {
			fmt.Fprintf(&b, "<IfModule !%[1]s_module>\n  LoadModule %[1]s_module %[2]s/mod_%[1]s.so\n</IfModule>\n", name, dir)
		}
		return b.String()
	}
	testbed.Lacking(t, "Apache's mod_lua is not installed")
	return ""
}

// userGroup is the user of the children, which Apache wants to know as root.
func userGroup(o apacheOptions) string {
	if os.Geteuid() != 0 || o.user != "" {
		return ""
	}
	for _, name := range []string{"www-data", "apache"} {
		if exec.Command("id", name).Run() == nil {
			return "User " + name + "\nGroup " + name
		}
	}
	return "User #65534\nGroup #65534"
}

// credential is that of a user, to whom the directories are given.
func credential(t *testing.T, user string, dirs []string) *syscall.Credential {
	t.Helper()
	ids := make([]int, 2)
	for i, flag := range []string{"-u", "-g"} {
		out, err := exec.Command("id", flag, user).Output()
		if err == nil {
			ids[i], err = strconv.Atoi(strings.TrimSpace(string(out)))
		}
		if err != nil {
			testbed.Lacking(t, "user %s: %v", user, err)
		}
	}
	for _, dir := range dirs {
		if err := os.Chown(dir, ids[0], ids[1]); err != nil {
			t.Fatal(err)
		}
	}
	return &syscall.Credential{Uid: uint32(ids[0]), Gid: uint32(ids[1])}
}
