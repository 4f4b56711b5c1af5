package packagetest

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// Each shell completes these lines.
var completions = []struct {
	line string
	want []string // among what is offered
	not  string   // not among it
}{
	{"httpd_syslog st", []string{"status"}, "serve"},
	{"httpd_syslog status --", []string{"--check", "--json", "--warn-age", "--crit-age", "--config"}, "--connect"},
	{"httpd_syslog check --con", []string{"--config", "--connect"}, "--stream"},
	{"httpd_syslog ve", []string{"verify"}, "serve"},
	{"httpd_syslog rep", []string{"report"}, "serve"},
	{"httpd_syslog report --", []string{"--central", "--html", "--from", "--host"}, "--since-last"},
	{"httpd_syslog note --", []string{"--cause", "--remedy"}, "--html"},
	{"httpd_syslog verify --", []string{"--central", "--seals", "--from", "--since-last", "--log-dir"}, "--connect"},
	{"httpd_syslog verify na", []string{"nats://", "nats+tls://"}, "s3://"},
	{"httpd_syslog report --central s3", []string{"s3://"}, "nats://"},
	{"httpd_syslog sc", []string{"scan"}, "serve"},
	{"httpd_syslog check --ca", []string{"--card-numbers"}, "--connect"},
	{"httpd_syslog receive --r", []string{"--raw"}, "--relay"},
	{"httpd_syslog --stream ", []string{"access", "error"}, "serve"},
}

func completionFile(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(tree, "packaging/completions", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// checkCompletions compares with what a shell offers for a line.
func checkCompletions(t *testing.T, offer func(line string) string) {
	t.Helper()
	for _, c := range completions {
		got := strings.Fields(offer(c.line))
		for _, want := range c.want {
			if !slices.Contains(got, want) {
				t.Errorf("%q: offers %q, not %s", c.line, got, want)
			}
		}
		if slices.Contains(got, c.not) {
			t.Errorf("%q: offers %s", c.line, c.not)
		}
	}
}

func TestBashCompletes(t *testing.T) {
	t.Parallel()
	file := completionFile(t, "httpd_syslog.bash")
	checkCompletions(t, func(line string) string {
		words := strings.Split(line, " ")
		return run(t, command(t, "bash", "-euc", fmt.Sprintf(`source %s
compopt() { :; } # is for a line that is being typed
COMP_WORDS=(%s) COMP_CWORD=%d
[ "${#COMP_WORDS[@]}" -gt $COMP_CWORD ] || COMP_WORDS+=("")
_httpd_syslog
echo "${COMPREPLY[@]}"`, file, line, len(words)-1)))
	})
}

func TestFishCompletes(t *testing.T) {
	t.Parallel()
	file := completionFile(t, "httpd_syslog.fish")
	checkCompletions(t, func(line string) string {
		cmd := command(t, "fish", "--no-config", "-c", fmt.Sprintf("source %s; complete --do-complete '%s'", file, line))
		cmd.Env = append(cmd.Environ(), "HOME="+t.TempDir())
		return run(t, cmd)
	})
}

// zshOffers types a line and a tab into an interactive zsh, and prints what its
// compadd is given.
const zshOffers = `zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'PS1=; fpath=('$1' $fpath); autoload -Uz compinit; compinit -u -D
begin() { print -r -- BEG""IN }; finish() { print -r -- E""ND }
compprefuncs=(begin); comppostfuncs=(finish exit)
bindkey "^I" complete-word
compadd() {
	[[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]] && { builtin compadd "$@"; return }
	local -a hits
	builtin compadd -A hits "$@"
	print -rl -- $hits
}
print RE""ADY'
zpty -r z out '*READY*'
zpty -w -n z "$2"$'\t'
zpty -r z out '*BEGIN*'
zpty -r z out '*END*'
print -r -- $out`

func TestZshCompletes(t *testing.T) {
	t.Parallel()
	dir := filepath.Dir(completionFile(t, "_httpd_syslog"))
	checkCompletions(t, func(line string) string {
		return run(t, command(t, "timeout", "60", testbed.Need(t, "zsh"), "-f", "-c", zshOffers, "zsh", dir, line))
	})
}
