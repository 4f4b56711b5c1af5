package doc_test

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"httpd-syslog/config"
	"httpd-syslog/forwarder/listener"
)

const reference = "packaging/man/httpd_syslog.toml.5"

// manualTable is a table of the configuration as the manual has it: its keys, and their defaults as
// TOML, "" where it gives none.
type manualTable map[string]string

var (
	section = regexp.MustCompile(`^\.Ss (?:\\&)?(\[+[a-z0-9_.]+\]+|The top of the file)`)
	item    = regexp.MustCompile(`^\.It Ic ([a-z_]+(?: , [a-z_]+)*)(?: Li = (.*))?$`)
)

// manual are the tables of httpd_syslog.toml(5), by their headers; "" is the top of the file.
func manual(t *testing.T) map[string]manualTable {
	t.Helper()
	all := map[string]manualTable{}
	var table manualTable
	for line := range strings.Lines(read(t, reference)) {
		line = strings.TrimSuffix(line, "\n")
		if m := section.FindStringSubmatch(line); m != nil {
			table = manualTable{}
			all[strings.TrimPrefix(m[1], "The top of the file")] = table
		}
		if m := item.FindStringSubmatch(line); m != nil && table != nil {
			for _, key := range strings.Split(m[1], " , ") {
				table[key] = strings.ReplaceAll(m[2], `\(dq`, `"`)
			}
		}
	}
	return all
}

// needed is what a table must have so that it can be read.
var needed = map[string]string{
	"[[stream]]":  "name = \"x\"\nfile = \"{vhost}/x\"\n",
	"[[relay]]":   "servers = [\"tls://x\"]\n",
	"[relay.tls]": "",
	"[[listen]]":  "url = \"tcp://\"\n",

	"[listen.tls]": "cert_file = \"/c\"\nkey_file = \"/k\"\n",
}

// opened is a file that has the table alone, with what it needs; more lines of the table can follow.
func opened(table string) string {
	header := table + "\n"
	switch table {
	case "":
		header = ""
	case "[relay.tls]":
		header = "[[relay]]\n" + needed["[[relay]]"] + header
	case "[relay.nats]":
		header = "[[relay]]\nservers = [\"nats://x\"]\n" + header
	case "[relay.s3]":
		header = "[[relay]]\nservers = [\"s3://bucket\"]\n" + header
	case "[listen.tls]":
		header = "[[listen]]\nurl = \"tls://\"\n" + header
	}
	return header + needed[table]
}

// TestEveryKeyIsInTheManual: those that the program knows, table by table, and no other.
func TestEveryKeyIsInTheManual(t *testing.T) {
	known := regexp.MustCompile(`unknown key \(known here: (.*)\)`)
	tables := manual(t)
	if len(tables) < 8 {
		t.Fatalf("the manual has tables %q", slices.Sorted(maps.Keys(tables)))
	}
	for table, keys := range tables {
		_, err := config.Parse("x", []byte(opened(table)+"zzzzzzzz = 1\n"))
		if err == nil {
			t.Fatalf("%s takes any key", table)
		}
		m := known.FindStringSubmatch(err.Error())
		if m == nil {
			t.Fatalf("%s: %v", table, err)
		}
		want := slices.DeleteFunc(strings.Split(m[1], ", "), func(key string) bool {
			isTable := tables["["+key+"]"] != nil || tables["[["+key+"]]"] != nil
			return table == "" && isTable || strings.HasPrefix(table, "[[") && (key == "tls" || key == "nats" || key == "s3")
		})
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(keys)); !slices.Equal(got, want) {
			t.Errorf("%s has %q in the manual, the program knows %q", table, got, want)
		}
	}
}

// TestDefaultsOfTheManual: a file that says what the manual says of defaults says nothing.
func TestDefaultsOfTheManual(t *testing.T) {
	for table, keys := range manual(t) {
		var says strings.Builder
		says.WriteString(opened(table))
		n := 0
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if value := keys[key]; value != "" {
				says.WriteString(key + " = " + value + "\n")
				n++
			}
		}
		got, err := config.Parse("manual", []byte(says.String()))
		if err != nil {
			t.Errorf("%v of\n%s", err, &says)
			continue
		}
		want, err := config.Parse("nothing", []byte(opened(table)))
		if err != nil {
			t.Fatal(err)
		}
		for i := range got.Listen { // that default is the listener's
			if l := &got.Listen[i]; l.Connections == listener.DefaultConnections {
				l.Connections = 0
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("with the manual's %d defaults of %s:\n%+v\nwithout:\n%+v", n, table, got, want)
		}
	}
}

// TestExamplesOfTheManualLoad: those of httpd_syslog.toml(5).
func TestExamplesOfTheManualLoad(t *testing.T) {
	_, examples, _ := strings.Cut(read(t, reference), "\n.Sh EXAMPLES\n")
	blocks := regexp.MustCompile(`(?ms)^\.Bd -literal.*?\n(.*?)^\.Ed$`).FindAllStringSubmatch(examples, -1)
	if len(blocks) == 0 {
		t.Fatal("there are none")
	}
	for _, m := range blocks {
		if _, err := config.Parse("example", []byte(m[1])); err != nil {
			t.Errorf("%v in\n%s", err, m[1])
		}
	}
}
