// Package reportcmd is the commands report and note: their flags, the settings that they need, and one call
// each.
package reportcmd

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/cmd/internal/readback"
	"httpd-syslog/forwarder/report"
	"httpd-syslog/forwarder/report/html"
	"httpd-syslog/forwarder/report/source"
	"httpd-syslog/forwarder/report/text"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/verify/finding"
)

// flags are the report command's own.
type flags struct {
	period  cli.Period
	hosts   []string
	central []string
	json    bool
	html    string
}

func (f *flags) add(fs *flag.FlagSet) {
	cli.List(fs, "central", &f.central)
	cli.List(fs, "host", &f.hosts)
	f.period.Add(fs)
	fs.BoolVar(&f.json, "json", false, "")
	fs.StringVar(&f.html, "html", "", "")
}

func (f *flags) validate() error {
	if f.json && f.html != "" {
		return errors.New("--json and --html exclude each other")
	}
	return f.period.Check()
}

// Run says what events say of a period.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var own flags
	q := cli.Inquiry{Name: "report", Options: own.add, Validate: own.validate, Unread: report.Unread}
	q.Answer = func(ctx context.Context, f cli.Flags) (int, error) {
		o, s, err := options(f, own.central)
		if err != nil {
			return 0, err
		}
		o.Report.From, o.Report.To, o.Report.Hosts = own.period.From, own.period.To, own.hosts
		stores, err := readback.Read(ctx, s, o.Paths, transport.Fetch{From: own.period.From, To: own.period.To, Hosts: own.hosts})
		if err != nil {
			return 0, err
		}
		defer stores.Remove()
		o.Paths = stores.Paths
		for _, odd := range stores.Oddities {
			cli.Complain(stderr, fmt.Errorf("%s %s (httpd_syslog verify has all such findings)", finding.Show([]byte(odd.Where)), finding.Show([]byte(odd.What))))
		}
		r, err := source.Read(ctx, *o)
		if err != nil {
			return 0, err
		}
		return r.Exit(), own.write(stdout, r)
	}
	return q.Run(ctx, readback.Options(args), stdout, stderr)
}

// options says where the events are: where the options say, or else where the configuration has them.
func options(f cli.Flags, central []string) (*source.Options, *cli.Settings, error) {
	o := source.Options{LogDir: f.LogDir, Paths: central}
	f.LogDir = "" // it makes no consumers of its own here
	s, err := cli.Load(f)
	if err == nil {
		o.Report.Cards = s.CardRules().Numbers
	}
	own := o.LogDir == "" && len(central) == 0
	if err != nil && (own || readback.HasStore(central)) {
		return nil, nil, err
	}
	if own {
		o.LogDir = s.Log.Dir
		if s.Collects() {
			o.Paths = append(o.Paths, s.Collect.Dir)
		}
	}
	o.Report.Now, o.Report.Zone = time.Now(), time.Local
	return &o, &s, nil
}

// write writes the report; with a file for a page its first sentence alone.
func (f *flags) write(stdout io.Writer, r *report.Report) error {
	switch {
	case f.json:
		return r.WriteJSON(stdout)
	case f.html == "":
		return text.Write(stdout, r)
	case f.html == "-":
		return html.Write(stdout, r)
	}
	if err := writeFile(f.html, func(w io.Writer) error { return html.Write(w, r) }); err != nil {
		return err
	}
	_, err := fmt.Fprintln(stdout, r.Sentence())
	return err
}

// writeFile puts a file in its place when it is whole. Others of its group may read it, and nobody else.
func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".httpd_syslog-report-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // it has another name by then
	w := bufio.NewWriter(f)
	err = errors.Join(write(w), w.Flush(), f.Chmod(0o640), f.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}
