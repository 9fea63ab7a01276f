# SPDX-License-Identifier: MIT
# Completion of consumer-cli in bash, version 4 or later.

# Sets COMPREPLY to the words of a list, or to the files, that begin with $cur.
_consumer_cli_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_consumer_cli_files() {
	mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	compopt -o filenames 2> /dev/null # fails where a test calls this
}

_consumer_cli() {
	local cur=${COMP_WORDS[COMP_CWORD]}
	local option=${COMP_WORDS[COMP_CWORD - 1]}
	local word

	# --format=csv comes as three words.
	if [[ $cur == = ]]; then
		cur=
	elif [[ $option == = ]]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	COMPREPLY=()
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		if [[ $word == -- ]]; then
			_consumer_cli_files
			return
		fi
	done

	case $option in
	-n | --max | -s | --skip | --tail | --step | --offset | \
		-c | --columns | --quantiles) ;;
	--histogram)
		if [[ ${COMP_WORDS[COMP_CWORD]} != = &&
			${COMP_WORDS[COMP_CWORD - 1]} != = ]]; then
			_consumer_cli_operand
		fi
		;;
	-t | --type)
		_consumer_cli_words "bool char int8 uint8 int16 uint16 int32
			uint32 int64 uint64 float16 float32 float64"
		;;
	-e | --endian) _consumer_cli_words "little big native" ;;
	--trailing) _consumer_cli_words "error ignore" ;;
	--from) _consumer_cli_words "auto raw npy" ;;
	-f | --format)
		_consumer_cli_words "array lines csv json hex raw npy"
		;;
	-o | --output) _consumer_cli_files ;;
	*) _consumer_cli_operand ;;
	esac
}

# An option, or FILE.
_consumer_cli_operand() {
	if [[ $cur != -* ]]; then
		_consumer_cli_files
		return
	fi
	_consumer_cli_words "-n --max= -s --skip= --tail= --step= --offset=
		-t --type= -e --endian= --trailing= --from=
		-f --format= -c --columns= -i --index -o --output=
		--info --stats --quantiles= --histogram
		-q --quiet -h --help -V --version"
	if [[ ${COMPREPLY[*]} == *= ]]; then
		compopt -o nospace 2> /dev/null
	fi
}

complete -F _consumer_cli consumer-cli
