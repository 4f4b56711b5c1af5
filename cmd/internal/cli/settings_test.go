package cli

import (
	"testing"

	"httpd-syslog/config"
	"httpd-syslog/forwarder/cardnumber"
)

// TestCardRules: what stays of a card number is what the configuration says.
func TestCardRules(t *testing.T) {
	for _, keep := range []config.CardKeep{config.Keep6And4, config.Keep0And4} {
		s := Settings{Config: &config.Config{CardNumbers: config.CardNumbers{Keep: keep}}}
		if got := s.CardRules().Numbers.Keep == cardnumber.Keep0And4; got != (keep == config.Keep0And4) {
			t.Errorf("keep = %v leaves the last four alone: %t", keep, got)
		}
	}
}
