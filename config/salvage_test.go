package config

import (
	"reflect"
	"testing"

	"httpd-syslog/config/strict"
)

func TestSalvage(t *testing.T) {
	for in, want := range map[string]string{
		"":                                 "",
		"state_dir = \"/srv/x\"":           "/srv/x",
		"state_dir = \"/srv/x\"\nkeep = 1": "/srv/x", // bad key
		"hostname = www\nstate_dir = \"/srv/x\"\n]]":                     "/srv/x", // bad syntax, from here on
		"!\nstate_dir = '/srv//x/' # here":                               "/srv/x",
		"!\r\n\tstate_dir = \"/srv/x\"\r\n":                              "/srv/x",
		"!\n\"state_dir\"=\"/srv/\\u0078\"":                              "/srv/x",
		"\xef\xbb\xbfstate_dir = \"/srv/x\"\n!":                          "/srv/x",
		"!\nstate_dir = /srv/x # no quotes":                              "/srv/x",
		"!\nstate_dir = \"/srv/x":                                        "/srv/x",
		"!\nstate_dir = /srv/x'":                                         "/srv/x",
		"!\nstate_dir = \"/srv/x\" y":                                    "",
		"!\nstate_dir = /srv/x y":                                        "",
		"!\nstate_dir = \"/srv\\q\"":                                     "",
		"!\n# state_dir = \"/srv/x\"":                                    "",
		"!\nstate_dirs = \"/srv/x\"":                                     "",
		"!\nstate_dir = \"srv/x\"":                                       "",
		"!\nstate_dir = 5":                                               "",
		"!\nstate_dir":                                                   "",
		"!\nstate_dir =":                                                 "",
		"!\nstate_dir = \"rel\"\nstate_dir = \"/a\"":                     "/a",
		"state_dir = \"/a\"\nstate_dir = \"/b\"":                         "/a",
		"!\n[log]\nstate_dir = \"/srv/x\"":                               "",
		"[log]\nstate_dir = \"/srv/x\"":                                  "",
		"hostname = '''\nstate_dir = \"/no\"\n'''\nstate_dir = \"/yes\"": "/yes",
		"state_dir = \"/a\\u0000b\"":                                     "",
		"state_dir = \"/" + long("a", 5000) + "\"":                       "",
		long("{", 1000) + "\nstate_dir = \"/srv/x\"":                     "/srv/x",
		"state_dir = \"/srv/x\"\n" + long("#", 2*strict.MaxFile):         "/srv/x",
		long("#", 2*strict.MaxFile) + "\nstate_dir = \"/srv/x\"":         "",
	} {
		if got := Salvage([]byte(in)); got != want {
			t.Errorf("%.80q: got %q, want %q", in, got, want)
		}
	}
}

// TestSalvageCards: a broken file never stores card numbers in clear that a whole one would truncate.
func TestSalvageCards(t *testing.T) {
	for data, want := range map[string]CardNumbers{
		"":             {},
		"x = 1\n":      {},
		"x =\n[log]\n": {},
		"x = 1\n[card_numbers]\naction = \"truncate\"\nkeep = \"0+4\"\nexcept = [\"a\", 3]": {Action: Truncate, Keep: Keep0And4, Except: []string{"a"}},
		"x = 1\n[card_numbers]\naction = \"off\"\n":                                         {Action: CardsOff},
		"x = 1\n[card_numbers]\naction = \"report\"\n":                                      {},
		"x = 1\n[card_numbers]\naction = \"truncat\"\n":                                     {Action: Truncate},
		"x = 1\n[card_numbers]\naction = 1\n":                                               {Action: Truncate},
		"x = 1\n[card_numbers]\nkeep = \"0+4\"\n":                                           {Keep: Keep0And4},
		"card_numbers = 3\n":                                                                {},
		"x =\n[card_numbers]\naction = \"report\"\n":                                        {Action: Truncate},
		"[card_numbers]\naction = truncate\n":                                               {Action: Truncate},
	} {
		if got := SalvageCards([]byte(data)); !reflect.DeepEqual(got, want) {
			t.Errorf("of %q: %+v, want %+v", data, got, want)
		}
	}
}
