package main

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
)

// runReceive is a small syslog receiver, for trying things out.
func runReceive(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet("receive", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	json := fs.Bool("json", false, "")
	raw := fs.Bool("raw", false, "")
	count := fs.Int("count", 0, "")
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
	r, err := receiver.Listen(url)
	if err != nil {
		cli.Complain(stderr, err)
		if errors.Is(err, receiver.ErrAddress) {
			return cli.ExitUsage
		}
		return cli.ExitLost
	}
	o := receiver.Options{Out: stdout, Count: *count, Log: func(format string, args ...any) {
		fmt.Fprintf(stderr, "httpd_syslog: "+format+"\n", args...)
	}}
	switch {
	case *json:
		o.Mode = receiver.JSON
	case *raw:
		o.Mode = receiver.Raw
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	fmt.Fprintf(stderr, "httpd_syslog: listening on %s\n", r.Addr())
	if err := r.Serve(ctx, o); err != nil {
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
		return "", errors.New("needs a URL to listen on, such as udp://127.0.0.1:5514, tcp://127.0.0.1:5514, relp://127.0.0.1:2514 or unix:///tmp/log")
	}
	return url, nil
}
