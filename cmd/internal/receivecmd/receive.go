// Package receivecmd is the command receive.
package receivecmd

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder/receiver"
	"httpd-syslog/forwarder/trust"
)

// Run is a small syslog receiver, for trying things out.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet("receive", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	json := fs.Bool("json", false, "")
	raw := fs.Bool("raw", false, "")
	count := fs.Int("count", 0, "")
	secure := new(trust.ServerOptions)
	fs.StringVar(&secure.CertFile, "cert-file", "", "")
	fs.StringVar(&secure.KeyFile, "key-file", "", "")
	fs.StringVar(&secure.ClientCAFile, "client-ca-file", "", "")
	fs.Func("client", "", func(name string) error {
		secure.Clients = append(secure.Clients, name)
		return nil
	})
	url, err := receiveArgs(fs, args)
	if errors.Is(err, flag.ErrHelp) {
		return cli.RunHelp(ctx, nil, stdout, stderr)
	}
	if err == nil && *json && *raw {
		err = errors.New("--json and --raw exclude each other")
	}
	if err != nil {
		cli.Complain(stderr, fmt.Errorf("receive: %w", err))
		return cli.ExitUsage
	}
	o := receiver.Options{Out: stdout, Count: *count, TLS: secure, Log: func(format string, args ...any) {
		fmt.Fprintf(stderr, "httpd_syslog: "+format+"\n", args...)
	}}
	switch {
	case *json:
		o.Mode = receiver.JSON
	case *raw:
		o.Mode = receiver.Raw
	}
	r, err := receiver.Listen(url, o)
	if err != nil {
		cli.Complain(stderr, err)
		if errors.Is(err, receiver.ErrAddress) {
			return cli.ExitUsage
		}
		return cli.ExitLost
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	fmt.Fprintf(stderr, "httpd_syslog: listening on %s\n", r.Addr())
	if err := r.Serve(ctx); err != nil {
		cli.Complain(stderr, err)
		return cli.ExitLost
	}
	return cli.ExitOK
}

// receiveArgs takes options before and after the URL.
func receiveArgs(fs *flag.FlagSet, args []string) (url string, err error) {
	for {
		if err := fs.Parse(args); err != nil {
			return "", err
		}
		if fs.NArg() == 0 {
			break
		}
		if url != "" {
			return "", fmt.Errorf("unexpected argument %q", fs.Arg(0))
		}
		url, args = fs.Arg(0), fs.Args()[1:]
	}
	if url == "" {
		return "", errors.New("needs a URL to listen on, such as udp://127.0.0.1:5514, tcp://127.0.0.1:5514, relp://127.0.0.1:2514, tls://127.0.0.1:6514 --cert-file FILE --key-file FILE or unix:///tmp/log")
	}
	return url, nil
}
