package assets

import (
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
)

// translation is the documents of one language.
type translation struct {
	language string
	write    file
	page     file
	about    file
	missing  file
}

// translations has English first: it is for whoever asks for nothing that is
// there.
type translations []translation

// readTranslations reads the documents of every language.
func readTranslations(root fs.FS, at Place) (translations, error) {
	english, err := readTranslation(root, "", at)
	if err != nil {
		return nil, err
	}
	all := translations{english}
	entries, err := fs.ReadDir(root, ".")
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if !entry.IsDir() || entry.Name() == "static" {
			continue
		}
		other, err := readTranslation(root, entry.Name(), at)
		if err != nil {
			return nil, err
		}
		all = append(all, other)
	}
	return all, nil
}

// readTranslation reads the documents of the language whose folder it is; those
// in English have none.
func readTranslation(root fs.FS, language string, at Place) (t translation, err error) {
	t.language = language
	folder := language + "/"
	if language == "" {
		t.language, folder = "en", ""
	}
	for _, document := range []struct {
		name string
		to   *file
	}{{"index.html", &t.write}, {"page.html", &t.page}, {"about.html", &t.about}, {"missing.html", &t.missing}} {
		body, err := fs.ReadFile(root, folder+document.name)
		if err != nil {
			return t, err
		}
		if len(body) == 0 {
			return t, fmt.Errorf("%s is empty", folder+document.name)
		}
		*document.to = newFile(document.name, at.fill(body))
	}
	return t, nil
}

// wanted returns the documents in the language that the request likes best.
func (all translations) wanted(r *http.Request) translation {
	best, most := all[0], 0.0
	for _, offer := range strings.Split(strings.Join(r.Header.Values("Accept-Language"), ","), ",") {
		tag, parameter, _ := strings.Cut(offer, ";")
		weight := 1.0
		if text, ok := strings.CutPrefix(strings.TrimSpace(parameter), "q="); ok {
			if q, err := strconv.ParseFloat(text, 64); err == nil {
				weight = q
			}
		}
		language, _, _ := strings.Cut(strings.TrimSpace(tag), "-")
		for _, t := range all {
			if weight > most && strings.EqualFold(language, t.language) {
				best, most = t, weight
			}
		}
	}
	return best
}
