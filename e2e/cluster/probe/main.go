// A server that answers with its host's name, and a client that asks one: what `up` proves the pod network and DNS with.
//
//	probe serve :8080
//	probe get URL
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: probe serve ADDRESS | probe get URL")
		os.Exit(2)
	}
	act := get
	if os.Args[1] == "serve" {
		act = serve
	}
	if err := act(os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "probe: "+err.Error())
		os.Exit(1)
	}
}

func serve(address string) error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	return http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, host)
	}))
}

func get(url string) error {
	client := http.Client{Timeout: 3 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(os.Stdout, response.Body)
	return err
}
