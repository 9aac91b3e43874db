# The class names that a TypeScript source gives to elements: file:line <TAB> name, one a line. What a
# class={...} computes is read for its strings; a name of which only the beginning is known ends in "-".
# Works with mawk.

function tell(words,    list, n, i) {
    n = split(words, list, /[^A-Za-z0-9_-]+/)
    for (i = 1; i <= n; i++) if (list[i] ~ /^[a-z]/) print FILENAME ":" FNR "\t" list[i]
}

# The strings of the expression that begins after its brace, up to the brace that closes it.
function strings_of(text,    i, c, depth, mode, quote, word, found) {
    depth = 1
    mode[1] = "code"
    for (i = 1; i <= length(text) && depth > 0; i++) {
        c = substr(text, i, 1)
        if (mode[depth] == "code") {
            if (c == "'" || c == "\"") { mode[++depth] = "string"; quote = c }
            else if (c == "`") mode[++depth] = "template"
            else if (c == "{") mode[++depth] = "code"
            else if (c == "}") { depth--; if (mode[depth] == "template") found = found "" }
        } else if (mode[depth] == "string") {
            if (c == quote) { depth--; found = found " " } else found = found c
        } else {
            if (c == "`") { depth--; found = found " " }
            else if (substr(text, i, 2) == "${") { i++; mode[++depth] = "code" }
            else found = found c
        }
    }
    return found
}

{
    line = $0
    while (match(line, /(class|className)[=:] ?["'{]|className = '|classList\.[a-z]+\('/)) {
        last = substr(line, RSTART + RLENGTH - 1, 1)
        line = substr(line, RSTART + RLENGTH)
        if (last == "{") tell(strings_of(line))
        else tell(substr(line, 1, index(line, last) - 1))
    }
}
