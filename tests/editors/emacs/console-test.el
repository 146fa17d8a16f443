;;; console-test.el --- Console windows -*- lexical-binding: t; -*-

;;; Code:

(require 'support)
(require 'ctys-console)

(defconst test-guest ["sh" "-c" "printf 'tst100 login: '; read name; printf '\\033[32mwelcome %s\\033[0m\\r\\n' \"$name\"; exec cat"]
  "A program that greets like a guest.")
(defconst test-host ["sh" "-c" "printf 'lab00$ '; exec cat"] "A program that greets like a host.")

(defun test-open (kind &rest more)
  "Open the console KIND, with MORE in its description."
  (apply #'ctys-console-open
         (append more (list :kind kind :label "tst100" :host "lab00" :argv test-guest :shellArgv test-host))))

(defun test-shows (buffer regexp)
  "Whether BUFFER shows REGEXP."
  (and (get-buffer buffer)
       (with-current-buffer buffer
         (save-excursion (goto-char (point-min)) (re-search-forward regexp nil t)))))

(defun test-windows ()
  "The names of the buffers in this frame's windows, from above."
  (mapcar (lambda (window) (buffer-name (window-buffer window)))
          (sort (window-list nil 'no-minibuffer)
                (lambda (a b) (< (cadr (window-edges a)) (cadr (window-edges b)))))))

(ert-deftest ctys-console-emacs-is-a-shell-buffer ()
  (test-fresh)
  (with-current-buffer (test-open "emacs")
    (should (derived-mode-p 'comint-mode))
    (should (equal (buffer-name) "*tst100*"))
    (test-await "the login prompt" (test-shows "*tst100*" "tst100 login: "))
    (goto-char (point-max))
    (insert "root")
    (comint-send-input)
    (test-await "the welcome" (test-shows "*tst100*" "welcome root"))
    (goto-char (point-min))
    (search-forward "welcome root")
    ;; Emacs 28 names the colour, later ones the face.
    (should (string-match-p "green" (format "%S %S" (get-char-property (match-beginning 0) 'face)
                                            (get-char-property (match-beginning 0) 'font-lock-face))))
    (should-not (test-shows "*tst100*" "\e"))))

(ert-deftest ctys-console-emacsa-is-a-terminal ()
  (test-fresh)
  (with-current-buffer (test-open "EMACSA")
    (should (eq major-mode 'term-mode))
    (should (equal (buffer-name) "*tst100*"))
    (test-await "the login prompt" (test-shows "*tst100*" "tst100 login:"))))

(ert-deftest ctys-console-m-kinds-have-the-guest-above-the-host ()
  (dolist (case '(("EMACSM" . ctys-console-mode) ("EMACSAM" . term-mode)))
    (test-fresh)
    (test-open (car case))
    (should (equal (test-windows) '("*tst100*" "*lab00*")))
    (should (equal (buffer-name (window-buffer)) "*tst100*"))
    (dolist (name '("*tst100*" "*lab00*"))
      (should (eq (buffer-local-value 'major-mode (get-buffer name)) (cdr case))))
    (test-await "the login prompt" (test-shows "*tst100*" "tst100 login:"))
    (test-await "the host's prompt" (test-shows "*lab00*" "lab00\\$"))))

(ert-deftest ctys-console-killed-buffer-ends-its-program ()
  (dolist (kind '("EMACS" "EMACSA"))
    (test-fresh)
    (let* ((buffer (test-open kind))
           (process (get-buffer-process buffer)))
      (should (process-live-p process))
      (should-not (process-query-on-exit-flag process))
      (kill-buffer buffer)
      (test-await "the end of the program" (not (process-live-p process))))))

(ert-deftest ctys-console-is-shown-again-not-attached-twice ()
  (test-fresh)
  (let ((process (get-buffer-process (test-open "EMACS"))))
    (switch-to-buffer "*scratch*")
    (should (eq process (get-buffer-process (test-open "EMACS"))))))

(ert-deftest ctys-console-of-another-host-has-another-buffer ()
  (test-fresh)
  (test-open "EMACS")
  (should (equal (buffer-name (test-open "EMACS" :host "lab01")) "*tst100@lab01*")))

(ert-deftest ctys-console-text-of-an-ended-one-is-kept ()
  (test-fresh)
  (let ((old (test-open "EMACS")))
    (delete-process (get-buffer-process old))
    (should-not (eq old (test-open "EMACS")))
    (should (equal (buffer-name old) "*tst100* ended"))))

(ert-deftest ctys-console-windows-come-back ()
  (test-fresh)
  (delete-other-windows)
  (switch-to-buffer "*scratch*")
  (split-window-right)
  (let ((before (test-windows)))
    (test-open "EMACSM")
    (test-open "EMACSAM")
    (should (equal (test-windows) '("*tst100*" "*lab00*")))
    (ctys-console-restore-windows)
    (should (equal (test-windows) before))
    (should-error (ctys-console-restore-windows) :type 'user-error)))

(ert-deftest ctys-console-goes-on-in-a-terminal ()
  (test-fresh)
  (with-current-buffer (test-open "EMACS")
    (switch-to-buffer (current-buffer))
    (ctys-console-as-terminal))
  (should (eq (buffer-local-value 'major-mode (get-buffer "*tst100*")) 'term-mode))
  (should (equal (buffer-name (window-buffer)) "*tst100*")))

(ert-deftest ctys-console-gets-its-environment ()
  (test-fresh)
  (test-open "EMACS" :argv ["sh" "-c" "echo got=$CTYS_TEST; exec cat"] :env '(:CTYS_TEST "a b"))
  (test-await "the variable" (test-shows "*tst100*" "got=a b")))

(ert-deftest ctys-console-without-a-display-opens-here ()
  (test-fresh)
  (let ((process-environment (cons "DISPLAY" process-environment)))
    (with-current-buffer (test-open "XTERM")
      (should (eq major-mode 'term-mode)))))

(ert-deftest ctys-console-none-and-unknown ()
  (test-fresh)
  (should-not (test-open "NONE"))
  (should-not (get-buffer "*tst100*"))
  (should (string-match-p "Emacs opens no VNC console" (cadr (should-error (test-open "VNC") :type 'user-error))))
  (should-error (ctys-console-open :kind "EMACS" :label "tst100") :type 'user-error)
  (let ((ctys-terminal-backend 'rxvt))
    (should (string-match-p "rxvt: ansi-term" (cadr (should-error (test-open "EMACSA") :type 'user-error))))))

(provide 'console-test)
;;; console-test.el ends here
